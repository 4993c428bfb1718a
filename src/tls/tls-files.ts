import { HubhandError } from "../errors.ts";
import { readRegularFile } from "../files/regular-file.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { MEBIBYTE } from "../sizes.ts";
import { type KeyPair, readKeyPair } from "./key-pair.ts";

/** The settings `observe.tls.…`: both or none. */
export interface TlsSettings {
  readonly certificateFile: string | null;
  readonly keyFile: string | null;
}

/** Where a value came from, for people: "environment variable HUBHAND_OBSERVE_TLS_KEY_FILE". */
export type Origin = (key: string) => string;

const KEYS = { certificateFile: "observe.tls.certificateFile", certificateKeyFile: "observe.tls.keyFile" };

/**
 * Reads what HTTPS is to be served with, as it is now.
 * @returns undefined if it is not to be
 * @throws HubhandError CONFIG_INVALID that names the key, the file and what is wrong with it
 */
export async function readTlsFiles(
  { certificateFile, keyFile }: TlsSettings,
  origin: Origin,
): Promise<KeyPair | undefined> {
  if (certificateFile === null || keyFile === null) return undefined;
  const refuse = (part: keyof typeof KEYS, problem: string) => {
    const file = part === "certificateFile" ? certificateFile : keyFile;
    const where = `${KEYS[part]} (${origin(KEYS[part])}): the file ${JSON.stringify(file)}`;
    return new HubhandError("CONFIG_INVALID", `${where} cannot be used: ${problem}`);
  };
  const read = (part: keyof typeof KEYS, file: string) =>
    readRegularFile(file, { maxBytes: MEBIBYTE }).catch((error: unknown) => {
      throw refuse(part, `${whyUnreadable(error)}.`);
    });
  const [certificate, privateKey] = await Promise.all([
    read("certificateFile", certificateFile),
    read("certificateKeyFile", keyFile),
  ]);
  return readKeyPair({
    certificate,
    privateKey,
    howToUnlock: "Take the lock off: openssl pkey -in locked.pem -out key.pem",
    // There is no passphrase that could be wrong.
    refuse: (part, problem) =>
      refuse(part === "certificatePassphrase" ? "certificateKeyFile" : part, problem),
  });
}
