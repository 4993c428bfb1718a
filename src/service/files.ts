import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { HubhandError } from "../errors.ts";
import { whyUnreadable } from "../files/unreadable.ts";

/**
 * Reads a small text file that the operator named.
 * @param what the file in words, for the error: "The CA file"
 * @throws HubhandError CONFIG_INVALID, saying why it cannot be read
 */
export function readTextFile(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const problem = `${what} ${JSON.stringify(path)} cannot be used: ${whyUnreadable(error)}.`;
    throw new HubhandError("CONFIG_INVALID", problem, { cause: error });
  }
}

/**
 * Reads a file of CA certificates. Node takes a file with no certificate in it for an empty list without a word, and
 * the failure would look like the hub's.
 * @throws HubhandError CONFIG_INVALID
 */
export function readCaFile(path: string): string {
  const text = readTextFile(path, "The CA file");
  try {
    new X509Certificate(text);
  } catch (error) {
    throw new HubhandError(
      "CONFIG_INVALID",
      `The CA file ${JSON.stringify(path)} cannot be used: it holds no PEM certificate (-----BEGIN CERTIFICATE-----).`,
      { cause: error },
    );
  }
  return text;
}
