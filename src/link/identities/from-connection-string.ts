import { HubhandError } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import type { KeyPair } from "../../tls/key-pair.ts";
import { type ConnectionString, parseConnectionString } from "../connection-string.ts";
import type { ClientCertificate, IdentitySource, Proof } from "../identity.ts";
import { keepLastGood, type Read } from "./kept.ts";
import { createKeyChoice } from "./key-choice.ts";

export interface FromConnectionString {
  /** Reads the text of the connection string, a secret. */
  readonly text: Read<string>;
  /** Where the text comes from, for errors. */
  readonly origin: string;
  /** Reads the other key, if there is one. */
  readonly secondaryKey: Read<string> | undefined;
  /** Opens the certificate that stands in for a key; told the device's id. Undefined if none is configured. */
  openCertificate: ((deviceId: string) => Promise<Read<KeyPair> | undefined>) | undefined;
  /** Reads the authorities to trust, where the identity brings its own. */
  readonly ca?: Read<string | undefined>;
  readonly files: readonly string[];
  readonly logger: Logger;
  /** Told of each key, so that none is ever logged. */
  hide(secret: string): void;
}

/**
 * The identity that a connection string says, with a key or a certificate. All of it is read anew for each session.
 * @throws HubhandError CONFIG_INVALID if it cannot be used at the start
 */
export async function identitiesFromConnectionString(options: FromConnectionString): Promise<IdentitySource> {
  const { text, origin, openCertificate, logger, hide, files, ca } = options;
  const read = keepLastGood({
    what: "the connection string",
    logger,
    async read() {
      const who = parseConnectionString(await text(), origin);
      if (who.key !== undefined) hide(who.key);
      checkProof(who, options);
      return who;
    },
  });
  const readSecondary =
    options.secondaryKey && keepLastGood({ what: "the secondary key", logger, read: options.secondaryKey });
  const keys = createKeyChoice();
  const first = await read();
  await readSecondary?.();
  const certificate = await openCertificate?.(first.deviceId);

  const proofOf = async ({ key }: ConnectionString): Promise<Proof> => {
    if (key === undefined && certificate !== undefined) return certificateProof(await certificate());
    const secondary = await readSecondary?.();
    const those: [string, ...string[]] = [key ?? "", ...(secondary === undefined ? [] : [secondary])];
    return { kind: "symmetric-key", key: keys.choose(those) };
  };

  return {
    description: describe(first),
    files,
    async obtain() {
      const who = await read();
      const { key: _, ...rest } = who;
      const trusted = await ca?.();
      return { ...rest, proof: await proofOf(who), ...(trusted === undefined ? {} : { ca: trusted }) };
    },
    rejected({ proof }, { class: failureClass }) {
      if (proof.kind !== "symmetric-key" || failureClass !== "unauthorized") return undefined;
      return keys.refused() ? "the device's other key" : undefined;
    },
  };
}

/** A certificate that was read, as proof of an identity. */
export function certificateProof({ certificate, privateKey, passphrase }: KeyPair): ClientCertificate {
  return { kind: "x509", certificate, privateKey, ...(passphrase === undefined ? {} : { passphrase }) };
}

function describe({
  hostName,
  deviceId,
  moduleId,
  gatewayHostName,
  key,
}: ConnectionString): Record<string, string> {
  return {
    hub: hostName,
    device: deviceId,
    ...(moduleId === undefined ? {} : { module: moduleId }),
    ...(gatewayHostName === undefined ? {} : { gateway: gatewayHostName }),
    proof: key === undefined ? "x509" : "symmetric-key",
  };
}

function checkProof({ key }: ConnectionString, options: FromConnectionString): void {
  const { origin, openCertificate, secondaryKey } = options;
  const refuse = (problem: string) =>
    new HubhandError("CONFIG_INVALID", `The connection string (${origin}) ${problem}`);
  if (key === undefined && openCertificate === undefined) {
    throw refuse(
      "has x509=true, and there is no certificate. Set hub.certificateFile and hub.certificateKeyFile.",
    );
  }
  if (key !== undefined && openCertificate !== undefined) {
    throw refuse(
      "has a SharedAccessKey, and hub.certificateFile is set too. Keep the one that the device has: with a certificate, write x509=true in place of SharedAccessKey=….",
    );
  }
  if (key === undefined && secondaryKey !== undefined) {
    throw refuse("has x509=true, and hub.secondaryKey is set too. A certificate needs no key: remove it.");
  }
}
