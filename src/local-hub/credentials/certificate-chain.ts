import { X509Certificate } from "node:crypto";
import { HubhandError, messageOf } from "../../errors.ts";

/** The most certificates between a device's and an authority that is trusted. */
const LONGEST_CHAIN = 8;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads the authorities that device certificates may come from; `option` is the name of what holds them, for the message.
 *
 * @throws HubhandError CONFIG_INVALID
 */
export function readAuthorities(texts: readonly string[], option = "trustedAuthorities"): X509Certificate[] {
  const unusable = (why: string) =>
    new HubhandError("CONFIG_INVALID", `one of ${option} cannot be used: ${why}`);
  const parse = (block: string) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw unusable(messageOf(error));
    }
  };
  return texts.flatMap((text) => {
    const blocks = text.match(PEM_CERTIFICATE);
    if (blocks === null) throw unusable("there is no PEM certificate in it");
    return blocks.map((block) => {
      const certificate = parse(block);
      if (!certificate.ca) throw unusable("it is no certificate authority");
      return certificate;
    });
  });
}

/** SHA-1 and SHA-256 of a certificate, in hex in capitals, without colons. */
export function thumbprintsOf(certificate: X509Certificate): string[] {
  return [certificate.fingerprint, certificate.fingerprint256].map((text) => text.replaceAll(":", ""));
}

/** The common name of a certificate's subject, if it has exactly one. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  const { CN } = certificate.toLegacyObject().subject ?? {};
  return typeof CN === "string" ? CN : undefined;
}

/**
 * Why a certificate does not lead to one of the authorities, if it does not: each is signed by the next, which may sign,
 * and all are within their dates. The certificates in between are those that came with it in the TLS handshake. Not by
 * OpenSSL, which the handshake asks anyway: that goes by the machine's clock, and the hub by its own.
 */
export function chainFault(
  certificate: X509Certificate,
  options: { authorities: readonly X509Certificate[]; now: number },
): string | undefined {
  const { authorities, now } = options;
  let current = certificate;
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    const fault = dateFault(current, now);
    if (fault !== undefined) return length === 0 ? `it is ${fault}` : `an issuer of it is ${fault}`;
    const authority = authorities.find((candidate) => isSignedBy(current, candidate));
    if (authority !== undefined) return authorityFault(authority, now);
    const next = current.issuerCertificate;
    if (next === undefined || !isSignedBy(current, next)) break;
    current = next;
  }
  return "it does not lead to an authority that this hub trusts";
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function authorityFault(authority: X509Certificate, now: number): string | undefined {
  const fault = dateFault(authority, now);
  return fault && `its authority is ${fault}`;
}

function dateFault({ validFrom, validTo }: X509Certificate, now: number): string | undefined {
  if (now < Date.parse(validFrom)) return `valid only from ${validFrom}`;
  if (now > Date.parse(validTo)) return `valid only to ${validTo}`;
  return undefined;
}
