import { X509Certificate } from "node:crypto";

const PEM = "-----BEGIN CERTIFICATE-----";

/**
 * A certificate as services write it: PEM; its DER in base64, as the SDK for .NET does; or its PEM in base64, as the SDK
 * for C does. Undefined if it is none of these.
 */
export function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text.includes(PEM) ? text : Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

/** What the service tells of a certificate in place of it (azure-iot-provisioning-service, X509CertificateInfo). */
export function certificateInfo(certificate: X509Certificate): Record<string, unknown> {
  return {
    subjectName: onOneLine(certificate.subject),
    sha1Thumbprint: certificate.fingerprint.replaceAll(":", ""),
    sha256Thumbprint: certificate.fingerprint256.replaceAll(":", ""),
    issuerName: onOneLine(certificate.issuer),
    notBeforeUtc: new Date(certificate.validFrom).toISOString(),
    notAfterUtc: new Date(certificate.validTo).toISOString(),
    serialNumber: certificate.serialNumber,
    version: 3,
  };
}

/** Whether these thumbprints, of one certificate, are those of this one. */
export function isToldBy(certificate: X509Certificate, thumbprints: readonly string[]): boolean {
  const { sha1Thumbprint, sha256Thumbprint } = certificateInfo(certificate);
  const own = [sha1Thumbprint, sha256Thumbprint];
  return thumbprints.length > 0 && thumbprints.every((thumbprint) => own.includes(thumbprint.toUpperCase()));
}

/** `CN=dev1, O=Contoso`. */
function onOneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ");
}
