import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { HubhandError } from "../errors.ts";

/** A certificate and the private key that belongs to it, checked against each other. */
export interface KeyPair {
  /** PEM, with those behind it that lead to its authority. */
  readonly certificate: string;
  /** PEM; a secret, as the passphrase is. */
  readonly privateKey: string;
  readonly passphrase?: string;
  /** On one line, such as `CN=pi-1, O=Contoso`. */
  readonly subject: string;
  /** The CN of the subject; a certificate may have none. */
  readonly commonName?: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** SHA-256, in hex: what a hub that trusts this one certificate knows it by. */
  readonly thumbprint: string;
}

export type KeyPairPart = "certificateFile" | "certificateKeyFile" | "certificatePassphrase";

export interface KeyPairTexts {
  readonly certificate: string;
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
  /** What to do about a locked key that there is no passphrase for. */
  readonly howToUnlock: string;
  /** Makes the error that is thrown out of the part that is wrong, and what is wrong with it. */
  refuse(part: KeyPairPart, problem: string): HubhandError;
}

/**
 * Reads a certificate and its key as TLS would, to say in words what TLS says in codes.
 * @throws what `refuse` makes
 */
export function readKeyPair(texts: KeyPairTexts): KeyPair {
  const { certificate, privateKey, passphrase, refuse } = texts;
  const leaf = readCertificate(certificate, refuse);
  if (!leaf.checkPrivateKey(readPrivateKey(texts))) {
    throw refuse(
      "certificateKeyFile",
      "the private key does not belong to the certificate. If the certificate's file holds several, the device's own comes first.",
    );
  }
  checkForTls(texts);
  const { CN } = leaf.toLegacyObject().subject as { CN?: string | string[] };
  const commonName = typeof CN === "string" ? CN : CN?.at(-1);
  return {
    certificate,
    privateKey,
    ...(passphrase === undefined ? {} : { passphrase }),
    subject: leaf.subject.replaceAll("\n", ", "),
    ...(commonName === undefined ? {} : { commonName }),
    validFrom: new Date(leaf.validFrom),
    validTo: new Date(leaf.validTo),
    thumbprint: leaf.fingerprint256.replaceAll(":", ""),
  };
}

/** What only TLS looks at: the certificates behind the device's own, and whether all of them are strong enough. */
function checkForTls({ certificate: cert, privateKey: key, passphrase, refuse }: KeyPairTexts): void {
  try {
    createSecureContext({ cert, key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw refuse(
      "certificateFile",
      TLS_PROBLEMS.find(({ codes }) => codes.test(code))?.problem ?? `TLS does not take it (${code}).`,
    );
  }
}

const TLS_PROBLEMS: readonly { codes: RegExp; problem: string }[] = [
  {
    codes: /_KEY_TOO_SMALL$/,
    problem:
      "its key, or that of a certificate behind it, is too short for TLS: with RSA take 2048 bits or more.",
  },
  {
    codes: /_MD_TOO_WEAK$/,
    problem:
      "it, or a certificate behind it, is signed by a hash that TLS does not take any more: use SHA-256.",
  },
  {
    codes: /^ERR_OSSL_(?:PEM|ASN1|X509)_/,
    problem: "a certificate behind the device's own is damaged: copy the chain again, whole.",
  },
];

function readCertificate(text: string, refuse: KeyPairTexts["refuse"]): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw refuse(
      "certificateFile",
      text.includes("-----BEGIN CERTIFICATE-----")
        ? "its certificate is damaged: copy it again, whole."
        : "it holds no certificate. Expected PEM text: -----BEGIN CERTIFICATE-----.",
    );
  }
}

function readPrivateKey({ privateKey, passphrase, howToUnlock, refuse }: KeyPairTexts): KeyObject {
  try {
    return createPrivateKey({ key: privateKey, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(privateKey)) {
      throw refuse(
        "certificateKeyFile",
        "it holds no private key. Expected PEM text: -----BEGIN PRIVATE KEY-----.",
      );
    }
    const locked = /-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(privateKey);
    if (locked && passphrase === undefined) {
      throw refuse("certificateKeyFile", `the private key is locked. ${howToUnlock}`);
    }
    if (locked) {
      throw refuse("certificatePassphrase", "it does not unlock the private key in hub.certificateKeyFile.");
    }
    throw refuse("certificateKeyFile", "its private key is damaged: copy it again, whole.");
  }
}
