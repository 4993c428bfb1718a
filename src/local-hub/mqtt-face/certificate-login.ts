import type { X509Certificate } from "node:crypto";
import { chainFault, commonNameOf, thumbprintsOf } from "../credentials/certificate-chain.ts";
import type { ConnectingIdentity } from "../identities/find-identity.ts";
import type { RegisteredProof } from "../identities/registered-proof.ts";

/** The certificate a device showed in its TLS handshake, and what the registry had it stand for. */
export interface CertificateCredential {
  kind: "certificate";
  authenticationType: ConnectingIdentity["authenticationType"];
  thumbprints: readonly string[];
  /** Milliseconds since 1970. A certificate is looked at when a device comes, as the service does; not afterwards. */
  goodUntil: number;
}

/**
 * Whether a device or module may come in by this certificate: the credential, or why not. A self-signed one is known by
 * its thumbprint, whatever its dates; one of an authority must lead there and name the device, or for a module
 * `device/module` (learn.microsoft.com, "Authenticate identities with X.509 certificates").
 */
export function checkCertificate(
  certificate: X509Certificate | undefined,
  options: {
    clientId: string;
    identity: ConnectingIdentity;
    authorities: readonly X509Certificate[];
    now: number;
  },
): CertificateCredential | { fault: string } {
  if (certificate === undefined) return { fault: "it showed no certificate" };
  const { clientId, identity, authorities, now } = options;
  const { authenticationType } = identity;
  const thumbprints = thumbprintsOf(certificate);
  if (authenticationType === "selfSigned") {
    if (!hasThumbprint(identity, thumbprints)) return { fault: "its certificate has another thumbprint" };
  } else {
    if (commonNameOf(certificate) !== clientId) {
      return { fault: "the common name of its certificate is not its id" };
    }
    const fault = chainFault(certificate, { authorities, now });
    if (fault !== undefined) return { fault: `its certificate is not accepted: ${fault}` };
  }
  return { kind: "certificate", authenticationType, thumbprints, goodUntil: Number.POSITIVE_INFINITY };
}

/** Whether a device that got in with it would still get in, as far as the registry goes. */
export function isStillRegistered(identity: RegisteredProof, credential: CertificateCredential): boolean {
  if (identity.authenticationType !== credential.authenticationType) return false;
  return (
    identity.authenticationType === "certificateAuthority" || hasThumbprint(identity, credential.thumbprints)
  );
}

function hasThumbprint(identity: RegisteredProof, thumbprints: readonly string[]): boolean {
  const { primaryThumbprint, secondaryThumbprint } = identity;
  return [primaryThumbprint, secondaryThumbprint].some((known) => known && thumbprints.includes(known));
}
