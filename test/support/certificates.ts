import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const DAY = 24 * 60 * 60_000;
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const RSA = { name: "RSASSA-PKCS1-v1_5", publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256" };

/** A certificate and its private key (EC P-256 if nothing else is said, PKCS #8), both PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A certificate that may issue others. */
export interface TestAuthority extends TestCertificate {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly subject: JsonName;
}

/** Milliseconds since 1970; a certificate tells whole seconds. From yesterday for a month if absent. */
interface Validity {
  readonly validFrom?: number;
  readonly validTo?: number;
}

/** A certificate authority: a root, or below `issuer`. One that may not issue (`mayIssue: false`) does so all the same. */
export async function createTestAuthority(
  options: Validity & { name?: string; issuer?: TestAuthority; mayIssue?: boolean } = {},
): Promise<TestAuthority> {
  const { name = "test authority", issuer, mayIssue = true } = options;
  const keys = await newKeys();
  const subject = nameOf(`${name} ${randomBytes(4).toString("hex")}`);
  const certificate = await sign({
    ...options,
    subject,
    keys,
    issuer,
    extensions: [
      new BasicConstraintsExtension(mayIssue, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, privateKey: await keyOf(keys), keys, subject };
}

/**
 * The certificate of a device or, with `hostNames`, of a server; self-signed unless an `issuer` is given. What the issuer
 * is below must be put behind it by hand where a chain is wanted.
 */
export async function createTestCertificate(
  options: Validity & {
    commonName: string;
    issuer?: TestAuthority;
    hostNames?: readonly string[];
    /** For an RSA key of that length. */
    rsaBits?: number;
  },
): Promise<TestCertificate> {
  const { commonName, issuer, hostNames = [], rsaBits } = options;
  const keys = await newKeys(rsaBits);
  const usage = hostNames.length === 0 ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
  const names = hostNames.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
  const certificate = await sign({
    ...options,
    subject: nameOf(commonName),
    keys,
    issuer,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    ],
  });
  return { certificate, privateKey: await keyOf(keys) };
}

/** SHA-1 and SHA-256 of a certificate, in hex without colons, upper case. */
export function thumbprintsOf(certificate: string): { sha1: string; sha256: string } {
  const { fingerprint, fingerprint256 } = new X509Certificate(certificate);
  return { sha1: fingerprint.replaceAll(":", ""), sha256: fingerprint256.replaceAll(":", "") };
}

/** The same key, locked with a passphrase: an encrypted PKCS #8 PEM. */
export function lockKey(privateKey: string, passphrase: string): string {
  return createPrivateKey(privateKey)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
    .toString();
}

/** Writes `<name>.pem` and `<name>-key.pem`, the key locked if there is a passphrase; what was there is replaced. */
export async function writeCertificate(
  { certificate, privateKey }: TestCertificate,
  options: { folder: string; name?: string; passphrase?: string },
): Promise<{ certificateFile: string; keyFile: string }> {
  const { folder, name = "device", passphrase } = options;
  const certificateFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}-key.pem`);
  await writeFile(certificateFile, certificate);
  await writeFile(keyFile, passphrase === undefined ? privateKey : lockKey(privateKey, passphrase), {
    mode: 0o600,
  });
  return { certificateFile, keyFile };
}

/** Not as text, where a comma would begin another part of the name. */
function nameOf(commonName: string): JsonName {
  return [{ CN: [commonName] }];
}

function newKeys(rsaBits?: number): Promise<webcrypto.CryptoKeyPair> {
  const algorithm = rsaBits === undefined ? ECDSA : { ...RSA, modulusLength: rsaBits };
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function keyOf(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY").trim()}\n`;
}

async function sign(
  options: Validity & {
    subject: JsonName;
    keys: webcrypto.CryptoKeyPair;
    issuer: TestAuthority | undefined;
    extensions: Extension[];
  },
): Promise<string> {
  const { subject, keys, issuer, extensions } = options;
  const signingKey = (issuer?.keys ?? keys).privateKey;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    serialNumber: `4${randomBytes(15).toString("hex")}0`,
    notBefore: new Date(options.validFrom ?? Date.now() - DAY),
    notAfter: new Date(options.validTo ?? Date.now() + 30 * DAY),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: signingKey.algorithm.name === ECDSA.name ? ECDSA : RSA,
    extensions,
  });
  return `${certificate.toString("pem").trim()}\n`;
}
