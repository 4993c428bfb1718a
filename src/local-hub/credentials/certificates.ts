import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate as X509Document,
} from "@peculiar/x509";
import { HubhandError, messageOf } from "../../errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";

const DAY = 24 * 60 * 60_000;
const AUTHORITY_DAYS = 3650;
/** Apple's TLS refuses server certificates of more than 825 days, from any authority. */
const SERVER_DAYS = 820;
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A certificate authority: its certificate and private key (PKCS #8), both PEM. */
export interface Authority {
  certificate: string;
  privateKey: string;
}

/** What a TLS server needs, all PEM; `certificate` is the chain. */
export interface ServerCertificate {
  certificate: string;
  privateKey: string;
}

/**
 * The hub's certificate authority: the one kept in `directory` as ca.pem and ca-key.pem, else a new one, kept there.
 * Without a directory it lives as long as the process.
 *
 * @throws HubhandError CONFIG_INVALID if what is kept cannot be used: clients trust that file, so it is never replaced
 * behind their back.
 */
export async function openAuthority(options: {
  directory: string | undefined;
  now: number;
}): Promise<Authority> {
  const { directory, now } = options;
  if (directory === undefined) return createAuthority(now);
  const certificatePath = join(directory, "ca.pem");
  const keyPath = join(directory, "ca-key.pem");
  const certificate = await readIfPresent(certificatePath);
  if (certificate !== undefined) {
    const privateKey = await readIfPresent(keyPath);
    const fault = faultOf({ certificate, privateKey, now });
    if (privateKey !== undefined && fault === undefined) return { certificate, privateKey };
    throw new HubhandError(
      "CONFIG_INVALID",
      `the local hub cannot use its certificate authority ${certificatePath}: ${fault}. Remove ca.pem and ca-key.pem to make a new one; clients must then trust the new ca.pem.`,
    );
  }
  const authority = await createAuthority(now);
  // The key first: after a kill between the two there is no ca.pem yet, and the next start makes both anew.
  await writeFileAtomically(keyPath, authority.privateKey, { mode: 0o600 });
  await writeFileAtomically(certificatePath, authority.certificate, { mode: 0o644 });
  return authority;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new HubhandError("CONFIG_INVALID", `the local hub cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function faultOf(options: {
  certificate: string;
  privateKey: string | undefined;
  now: number;
}): string | undefined {
  if (options.privateKey === undefined) return "its key, ca-key.pem, is missing";
  try {
    const certificate = new X509Certificate(options.certificate);
    if (!certificate.checkPrivateKey(createPrivateKey(options.privateKey))) {
      return "ca-key.pem is not its key";
    }
    if (Date.parse(certificate.validTo) <= options.now + DAY) return `it is valid to ${certificate.validTo}`;
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function createAuthority(now: number): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // Two hubs on one machine have two authorities: their names tell them apart in a trust store.
    name: `CN=hubhand local hub CA ${randomBytes(4).toString("hex")}`,
    serialNumber: newSerialNumber(),
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY),
    signingAlgorithm: ECDSA,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), privateKey: await exportKey(keys.privateKey) };
}

/**
 * A fresh server certificate (ECDSA P-256) for these names and addresses, signed by the authority. It is valid from a day
 * ago for as long as clients take one; or as `validity` says, in milliseconds since 1970.
 */
export async function createServerCertificate(options: {
  authority: Authority;
  hostNames: readonly string[];
  now: number;
  validity?: { from: number; to: number };
}): Promise<ServerCertificate> {
  const { authority, hostNames, now } = options;
  const { from, to } = options.validity ?? { from: now - DAY, to: now + SERVER_DAYS * DAY };
  const issuer = new X509Document(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    PemConverter.decodeFirst(authority.privateKey),
    ECDSA,
    false,
    ["sign"],
  );
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      hostNames.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
    ),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ];
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=hubhand local hub",
    issuer: issuer.subject,
    serialNumber: newSerialNumber(),
    notBefore: new Date(from),
    notAfter: new Date(Math.min(to, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ECDSA,
    extensions,
  });
  return {
    certificate: `${pem(certificate)}${authority.certificate}`,
    privateKey: await exportKey(keys.privateKey),
  };
}

/** Sixteen random bytes with the top bit clear: a DER integer that is positive and needs no padding. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function pem(certificate: X509Document): string {
  return `${certificate.toString("pem").trim()}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY").trim()}\n`;
}
