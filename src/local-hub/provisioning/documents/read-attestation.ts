import type { X509Certificate } from "node:crypto";
import { isKeyOrBlank } from "../../identities/registered-proof.ts";
import type { AttestationDescription } from "../attestation-description.ts";
import { isToldBy, readCertificate } from "../certificate-texts.ts";
import type { EnrolmentKind } from "../enrolment.ts";
import type { Fields } from "./fields.ts";

interface Options {
  kind: EnrolmentKind;
  authorities: Readonly<Record<string, string>>;
  /** Those of the enrolment that this one takes the place of. */
  keptCertificates?: readonly X509Certificate[];
}

const KEY = { expected: "base64 of 16 to 64 bytes", fits: isKeyOrBlank };
const TPM = "symmetricKey or x509: TPM attestation is not supported here";

/** Reads the field `attestation` (azure-iot-provisioning-service, AttestationMechanism). */
export function readAttestation(enrolment: Fields, options: Options): AttestationDescription | undefined {
  const fields = enrolment.object("attestation");
  if (fields === undefined) {
    if (!enrolment.has("attestation")) enrolment.wrong("attestation", "an object; it is missing");
    return undefined;
  }
  const type = fields.text("type", { expected: "symmetricKey or x509" });
  switch (type) {
    case "symmetricKey": {
      const keys = fields.object("symmetricKey");
      const primaryKey = keys?.text("primaryKey", KEY);
      const secondaryKey = keys?.text("secondaryKey", KEY);
      return {
        kind: "symmetricKey",
        ...(primaryKey ? { primaryKey } : {}),
        ...(secondaryKey ? { secondaryKey } : {}),
      };
    }
    case "x509":
      return readX509(fields, options);
    default:
      if (type === "tpm" || type === undefined) fields.wrong("type", TPM);
      else fields.wrong("type", "symmetricKey or x509");
      return undefined;
  }
}

function readX509(attestation: Fields, options: Options): AttestationDescription | undefined {
  const { kind, authorities, keptCertificates: kept = [] } = options;
  const x509 = attestation.object("x509");
  const leaves = x509?.object("clientCertificates");
  const signing = x509?.object("signingCertificates");
  const references = x509?.object("caReferences");
  if (x509 === undefined || [leaves, signing, references].filter(Boolean).length !== 1) {
    attestation.wrong("x509", "one of clientCertificates, signingCertificates, caReferences");
    return undefined;
  }
  if (leaves) {
    if (kind === "group")
      x509.wrong("clientCertificates", "signingCertificates or caReferences, for a group");
    const certificates = readCertificates(leaves, { expected: "a certificate, PEM or base64", kept });
    return certificates && { kind: "certificate", certificates };
  }
  if (signing) {
    const expected = "the certificate of an authority, PEM or base64";
    const certificates = readCertificates(signing, { expected, kept, fits: isAuthority });
    return certificates && { kind: "authority", authorities: certificates.map(asPem) };
  }
  const there = Object.keys(authorities).join(", ") || "it has none";
  const known = { expected: `the name of an authority of this service: ${there}`, fits: has(authorities) };
  const names = ["primary", "secondary"].flatMap((name) => references?.text(name, known) ?? []);
  // One that is there and wrong has been told.
  const said = references?.has("primary") || references?.has("secondary");
  if (!said) references?.wrong("primary", `${known.expected}; it is missing`);
  return { kind: "authority", names, authorities: names.map((name) => authorities[name] ?? "") };
}

/**
 * One without its text but with what the service tells of it stays as it is: a service changes an enrolment by sending back
 * what it was given (Azure/azure-iot-sdk-node, provisioning/e2e/_service_create_delete.js, "#Update").
 */
function readCertificates(
  pair: Fields,
  rule: { expected: string; kept: readonly X509Certificate[]; fits?: (text: string) => boolean },
): string[] | undefined {
  const { expected, kept } = rule;
  const fits = (text: string) => readCertificate(text) !== undefined && (rule.fits?.(text) ?? true);
  const read = (name: string): string | undefined => {
    const one = pair.object(name);
    if (one === undefined || one.has("certificate")) return one?.text("certificate", { expected, fits });
    const info = one.object("info");
    const told = [info?.text("sha1Thumbprint"), info?.text("sha256Thumbprint")].flatMap((text) => text ?? []);
    return kept.find((certificate) => isToldBy(certificate, told))?.toString();
  };
  const primary = read("primary");
  const secondary = read("secondary");
  if (primary === undefined && !pair.object("primary")?.has("certificate")) {
    pair.wrong("primary.certificate", `${expected}; it is missing`);
    return undefined;
  }
  return [primary, secondary].filter((text) => text !== undefined);
}

function isAuthority(text: string): boolean {
  return readCertificate(text)?.ca ?? false;
}

function asPem(text: string): string {
  return String(readCertificate(text));
}

function has(authorities: Readonly<Record<string, string>>): (name: string) => boolean {
  return (name) => Object.hasOwn(authorities, name);
}
