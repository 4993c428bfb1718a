import type { X509Certificate } from "node:crypto";
import { chainFault, commonNameOf, thumbprintsOf } from "../credentials/certificate-chain.ts";
import {
  isExpired,
  parseSharedAccessSignature,
  signingKeyOf,
} from "../credentials/shared-access-signature.ts";
import type { ProofDescription } from "../identities/registered-proof.ts";
import { deriveDeviceKey, type Enrolment } from "./enrolment.ts";
import type { Enrolments } from "./enrolments.ts";

/** What a device brings to prove who it is: the token of its CONNECT or its request, the certificate of its TLS handshake. */
export interface Proof {
  password: string | undefined;
  certificate: () => X509Certificate | undefined;
}

/** The enrolment that a device proved to be of, and by what its hub will know it from then on. */
export interface Attested {
  enrolment: Enrolment;
  registered: ProofDescription;
}

/** The `skn` of every token of a device (learn.microsoft.com, "Symmetric key attestation"). */
const POLICY_NAME = "registration";

/** Finds the enrolment that a device may register by; else why not, for the log: the device is told only 401. */
export function attest(
  device: { registrationId: string; proof: Proof },
  options: { enrolments: Enrolments; idScope: string; now: number },
): Attested | { fault: string } {
  const { registrationId } = device;
  const candidates = options.enrolments.candidatesFor(registrationId);
  let fault = "it is not enrolled";
  for (const enrolment of candidates) {
    const result = attestBy(enrolment, device, options);
    if (!("fault" in result)) return { enrolment, registered: result };
    fault = result.fault;
  }
  return { fault };
}

type Device = Parameters<typeof attest>[0];
type Options = Parameters<typeof attest>[1];

function attestBy(
  enrolment: Enrolment,
  device: Device,
  options: Options,
): ProofDescription | { fault: string } {
  const { attestation } = enrolment;
  if (attestation.kind !== "symmetricKey") return attestByCertificate(attestation, device, options);
  const { registrationId } = device;
  const own = ({ primaryKey, secondaryKey }: typeof attestation) => ({ primaryKey, secondaryKey });
  const derived = (groupKey: string) => deriveDeviceKey({ groupKey, registrationId });
  const keys =
    enrolment.kind === "individual"
      ? own(attestation)
      : {
          primaryKey: derived(attestation.primaryKey),
          secondaryKey: derived(attestation.secondaryKey),
        };
  const fault = tokenFault(device, { ...options, keys: [keys.primaryKey, keys.secondaryKey] });
  return fault === undefined ? { authenticationType: "sas", ...keys } : { fault };
}

/** `sr={id scope}/registrations/{registration id}`, `skn=registration`, signed with a key of the device. */
function tokenFault(
  { registrationId, proof }: Device,
  { keys, idScope, now }: Options & { keys: readonly string[] },
): string | undefined {
  const token = parseSharedAccessSignature(proof.password ?? "");
  if (token === undefined) return "it showed no shared access signature";
  if (isExpired(token, { now })) {
    const expiry = new Date(token.expiresAt).toISOString();
    return `the token expired at ${expiry}; is the device's clock right?`;
  }
  const resource = `${token.host}/${token.path}`.toLowerCase();
  if (resource !== `${idScope}/registrations/${registrationId}`.toLowerCase()) {
    return "the token is for another resource";
  }
  if (token.policyName !== POLICY_NAME) return `the token's skn is not ${POLICY_NAME}`;
  if (signingKeyOf(token, keys) === undefined) {
    return "the token's signature was not made with a key of its enrolment";
  }
  return undefined;
}

/** By its thumbprint the hub will know the device, of whatever authority the certificate is. */
function attestByCertificate(
  attestation: Exclude<Enrolment["attestation"], { kind: "symmetricKey" }>,
  { registrationId, proof }: Device,
  { now }: Options,
): ProofDescription | { fault: string } {
  const certificate = proof.certificate();
  if (certificate === undefined) return { fault: "it showed no certificate" };
  const thumbprints = thumbprintsOf(certificate);
  if (attestation.kind === "thumbprint") {
    if (!attestation.thumbprints.some((known) => thumbprints.includes(known))) {
      return { fault: "its certificate has another thumbprint" };
    }
  } else {
    if (commonNameOf(certificate)?.toLowerCase() !== registrationId.toLowerCase()) {
      return { fault: "the common name of its certificate is not its registration id" };
    }
    const fault = chainFault(certificate, { authorities: attestation.authorities, now });
    if (fault !== undefined) return { fault: `its certificate is not accepted: ${fault}` };
  }
  return { authenticationType: "selfSigned", primaryThumbprint: thumbprints.at(-1) ?? null };
}
