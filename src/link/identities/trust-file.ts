import { X509Certificate } from "node:crypto";
import type { Logger } from "../../events/logger.ts";
import type { Trust } from "../trust.ts";
import { keepLastGood } from "./kept.ts";
import { badSetting, type Origin, readSettingFile } from "./setting.ts";

export interface TrustFile {
  /** The setting that names the file: `hub.caFile`. */
  readonly key: string;
  readonly path: string;
  readonly origin: Origin;
  readonly logger: Logger;
}

/**
 * Trusts the certificates in a PEM file, which is read for each session; while it cannot be used, those that were in it
 * before.
 * @throws HubhandError CONFIG_INVALID if it cannot be used at the start
 */
export async function openTrustFile({ key, path, origin, logger }: TrustFile): Promise<Trust> {
  const read = keepLastGood({
    what: key,
    logger,
    async read() {
      const text = await readSettingFile(key, path, origin);
      try {
        new X509Certificate(text);
      } catch (error) {
        const problem = `the file ${JSON.stringify(path)} holds no certificate. Expected PEM text: -----BEGIN CERTIFICATE-----.`;
        throw badSetting(key, origin, problem, error);
      }
      return text;
    },
  });
  await read();
  return { files: [path], read };
}
