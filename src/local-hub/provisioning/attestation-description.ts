import type { X509Certificate } from "node:crypto";
import { readAuthorities, thumbprintsOf } from "../credentials/certificate-chain.ts";
import { HubError } from "../hub-error.ts";
import { registeredProof } from "../identities/registered-proof.ts";
import { readCertificate } from "./certificate-texts.ts";

/** By what devices of an enrolment prove who they are; keys are base64, and made if they are absent. */
export type AttestationDescription =
  | { kind: "symmetricKey"; primaryKey?: string; secondaryKey?: string }
  /** SHA-1 or SHA-256 of the device's certificate, in hex. A group has no use for it. */
  | { kind: "thumbprint"; primaryThumbprint: string; secondaryThumbprint?: string }
  /** The certificate itself, or two of them: PEM, or base64 of PEM or DER. */
  | { kind: "certificate"; certificates: readonly string[] }
  /** PEM texts of the authorities that the certificate of a device comes from; its common name is the registration id. */
  | {
      kind: "authority";
      authorities: readonly string[];
      /** Under which names the service holds them, if it does. */
      names?: readonly string[];
    };

export type Attestation =
  | { kind: "symmetricKey"; primaryKey: string; secondaryKey: string }
  | {
      kind: "thumbprint";
      thumbprints: readonly string[];
      /** Those that the thumbprints are of, if they are known. */
      certificates: readonly X509Certificate[];
    }
  | { kind: "authority"; authorities: readonly X509Certificate[]; names: readonly string[] };

/** The certificates that it goes by, if it does. */
export function certificatesOf(attestation: Attestation | undefined): readonly X509Certificate[] {
  if (attestation?.kind === "authority") return attestation.authorities;
  return attestation?.kind === "thumbprint" ? attestation.certificates : [];
}

/**
 * What is enrolled from now on; blank or absent keys are made, and left alone by a change of them.
 *
 * @throws HubError ArgumentInvalid, HubhandError CONFIG_INVALID for an authority
 */
export function attestationOf(description: AttestationDescription, old?: Attestation): Attestation {
  switch (description.kind) {
    case "symmetricKey": {
      const kept = old?.kind === "symmetricKey" ? old : undefined;
      const { primaryKey, secondaryKey } = registeredProof({
        primaryKey: description.primaryKey || kept?.primaryKey || "",
        secondaryKey: description.secondaryKey || kept?.secondaryKey || "",
        authenticationType: "sas",
      });
      return { kind: "symmetricKey", primaryKey, secondaryKey };
    }
    case "thumbprint": {
      const { primaryThumbprint, secondaryThumbprint } = registeredProof({
        ...description,
        authenticationType: "selfSigned",
      });
      const thumbprints = [primaryThumbprint, secondaryThumbprint].filter((known) => known !== null);
      return { kind: "thumbprint", thumbprints, certificates: [] };
    }
    case "certificate": {
      const certificates = description.certificates.map((text) => {
        const certificate = readCertificate(text);
        if (certificate === undefined) throw new HubError("ArgumentInvalid", "a certificate cannot be read");
        return certificate;
      });
      const thumbprints = certificates.map((certificate) => thumbprintsOf(certificate).at(-1) ?? "");
      return { kind: "thumbprint", thumbprints, certificates };
    }
    case "authority":
      return {
        kind: "authority",
        authorities: readAuthorities(description.authorities, "an attestation's authorities"),
        names: description.names ?? [],
      };
    default: {
      const { kind } = description as { kind: unknown };
      const kinds = "symmetricKey, thumbprint, certificate or authority";
      throw new HubError(
        "ArgumentInvalid",
        `an attestation is of kind ${kinds}, not ${JSON.stringify(kind)}`,
      );
    }
  }
}

/** What would make the same attestation again: it is what is kept. */
export function descriptionOf(attestation: Attestation): AttestationDescription {
  switch (attestation.kind) {
    case "symmetricKey":
      return attestation;
    case "thumbprint": {
      const { certificates, thumbprints } = attestation;
      if (certificates.length > 0) return { kind: "certificate", certificates: certificates.map(String) };
      const [primaryThumbprint = "", secondaryThumbprint] = thumbprints;
      return {
        kind: "thumbprint",
        primaryThumbprint,
        ...(secondaryThumbprint ? { secondaryThumbprint } : {}),
      };
    }
    case "authority":
      return {
        kind: "authority",
        authorities: attestation.authorities.map(String),
        names: attestation.names,
      };
  }
}
