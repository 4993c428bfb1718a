import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HubhandError, messageOf } from "../../errors.ts";
import { makeFolder } from "../../files/make-folder.ts";
import type { LocalHub } from "../../local-hub/index.ts";

/** Owner and group may read a key; nobody else. */
const SECRET = 0o640;
const PUBLIC = 0o644;

/**
 * Writes what other processes need to reach this hub, for those that take their secrets from files: `ca.pem`,
 * `service-connection-string`, `service-token` (an Authorization header, for a day), `<device>.connection-string` for each device, and `<device>+<module>.connection-string` for
 * each module: no id holds a plus.
 * @throws HubhandError CONFIG_INVALID if the folder cannot be written to
 */
export async function writeConnectionStrings(
  hub: LocalHub,
  { folder, hostName }: { folder: string; hostName: string },
): Promise<void> {
  const service = hub.serviceConnectionString.replace("HostName=localhost", `HostName=${hostName}`);
  try {
    await makeFolder(folder);
    await writeFile(join(folder, "ca.pem"), hub.ca, { mode: PUBLIC });
    await writeFile(join(folder, "service-connection-string"), `${service}\n`, { mode: SECRET });
    await writeFile(join(folder, "service-token"), `${hub.serviceToken()}\n`, { mode: SECRET });
    for (const { deviceId } of hub.registry.list()) {
      const text = hub.deviceConnectionString(deviceId, { hostName });
      await writeFile(join(folder, `${deviceId}.connection-string`), `${text}\n`, { mode: SECRET });
    }
    for (const { deviceId, moduleId } of hub.modules.list()) {
      const text = hub.moduleConnectionString(deviceId, moduleId, { hostName });
      const name = `${deviceId}+${moduleId}.connection-string`;
      await writeFile(join(folder, name), `${text}\n`, { mode: SECRET });
    }
  } catch (error) {
    throw new HubhandError("CONFIG_INVALID", `--write-connection-strings ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A file for the certificate of a hub that keeps nothing: those who read what to do next have to name one. */
export function temporaryAuthorityFile(): { write(ca: string): string; remove(): void } {
  let folder: string | undefined;
  return {
    write(ca) {
      folder = mkdtempSync(join(tmpdir(), "hubhand-hub-"));
      // Others may have to trust the hub: it is no secret.
      chmodSync(folder, 0o755);
      const path = join(folder, "ca.pem");
      writeFileSync(path, ca, { mode: PUBLIC });
      return path;
    },
    remove() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The texts of these files. @throws HubhandError CONFIG_INVALID */
export function readAuthorityFiles(paths: readonly string[]): Promise<string[]> {
  const texts = paths.map((path) =>
    readFile(path, "utf8").catch((error: unknown) => {
      throw new HubhandError("CONFIG_INVALID", `--trusted-authority ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }),
  );
  return Promise.all(texts);
}
