import { createHmac, type X509Certificate } from "node:crypto";
import { readAuthorities } from "../certificate-chain.ts";
import { HubError } from "../hub-error.ts";
import { registeredProof } from "../registered-proof.ts";
import type { AssignableHub } from "./assignment.ts";

/** By what devices of an enrolment prove who they are; keys are base64, and made if they are absent. */
export type AttestationDescription =
  | { kind: "symmetricKey"; primaryKey?: string; secondaryKey?: string }
  /** SHA-1 or SHA-256 of the device's certificate, in hex. A group has no use for it. */
  | { kind: "thumbprint"; primaryThumbprint: string; secondaryThumbprint?: string }
  /** PEM texts of the authorities that the certificate of a device comes from; its common name is the registration id. */
  | { kind: "authority"; authorities: readonly string[] };

export type Attestation =
  | { kind: "symmetricKey"; primaryKey: string; secondaryKey: string }
  | { kind: "thumbprint"; thumbprints: readonly string[] }
  | { kind: "authority"; authorities: readonly X509Certificate[] };

/** What becomes of devices that are enrolled. */
export interface EnrolmentSettings {
  /** A device that registers is told `disabled`, and assigned to nothing. */
  disabled?: boolean;
  /** Where to; the hub that the provisioning service was started with if absent. */
  hub?: AssignableHub;
  /** The name of the hub that the device is told; `localhost:port` of the hub if absent. */
  hubHostName?: string;
  /** Given back with the assignment, whatever JSON can hold. */
  payload?: unknown;
}

/** One device, or a group: many that prove themselves alike. */
export interface Enrolment extends EnrolmentSettings {
  readonly kind: "individual" | "group";
  /** The registration id of the one device, or the name of the group. */
  readonly id: string;
  readonly attestation: Attestation;
  /** Of the one device; the registration id if absent. */
  readonly deviceId?: string;
}

/**
 * Who may register, and what becomes of them. Every change counts from the next request on. An attestation that cannot be
 * used is an error: HubError ArgumentInvalid, or HubhandError CONFIG_INVALID for an authority.
 */
export interface Enrolments {
  /** One device. @throws HubError DeviceAlreadyExists */
  add(
    enrolment: EnrolmentSettings & {
      registrationId: string;
      deviceId?: string;
      attestation: AttestationDescription;
    },
  ): Enrolment;
  /** Many. Their keys are derived from the group's, see deriveDeviceKey. @throws HubError DeviceAlreadyExists */
  addGroup(
    enrolment: EnrolmentSettings & { groupId: string; attestation: AttestationDescription },
  ): Enrolment;
  /** Changes what is given of an enrolment, one device's or a group's. @throws HubError ResourceNotFound */
  change(id: string, settings: EnrolmentSettings & { attestation?: AttestationDescription }): Enrolment;
  /** Its devices stay in their hubs. @throws HubError ResourceNotFound */
  remove(id: string): void;
  /** Those that may speak for this device: its own, which alone counts if it is there; else every group. */
  candidatesFor(registrationId: string): Enrolment[];
}

export function createEnrolments(): Enrolments {
  const enrolments = new Map<string, Enrolment>();

  function add(enrolment: Enrolment): Enrolment {
    const key = keyOf(enrolment.id);
    if (enrolments.has(key)) throw new HubError("DeviceAlreadyExists", enrolment.id);
    enrolments.set(key, enrolment);
    return enrolment;
  }

  function existing(id: string): Enrolment {
    const enrolment = enrolments.get(keyOf(id));
    if (enrolment === undefined) throw new HubError("ResourceNotFound", `there is no enrolment ${id}`);
    return enrolment;
  }

  return {
    add: ({ registrationId, attestation, ...settings }) =>
      add({ ...settings, kind: "individual", id: registrationId, attestation: attestationOf(attestation) }),
    addGroup: ({ groupId, attestation, ...settings }) =>
      add({ ...settings, kind: "group", id: groupId, attestation: attestationOf(attestation) }),
    change(id, { attestation, ...settings }) {
      const old = existing(id);
      const changed = { ...old, ...settings };
      if (attestation) Object.assign(changed, { attestation: attestationOf(attestation) });
      enrolments.set(keyOf(id), changed);
      return changed;
    },
    remove(id) {
      existing(id);
      enrolments.delete(keyOf(id));
    },
    candidatesFor(registrationId) {
      const own = enrolments.get(keyOf(registrationId));
      if (own?.kind === "individual") return [own];
      return [...enrolments.values()].filter(({ kind }) => kind === "group");
    },
  };
}

/** Registration ids are the same in any spelling (learn.microsoft.com, "IoT Hub Device Provisioning Service concepts"). */
function keyOf(id: string): string {
  return id.toLowerCase();
}

/** The key, base64, of a device whose enrolment is a group with keys: base64(HMAC-SHA256(group key, registration id)). */
export function deriveDeviceKey(options: { groupKey: string; registrationId: string }): string {
  const { groupKey, registrationId } = options;
  return createHmac("sha256", Buffer.from(groupKey, "base64")).update(registrationId).digest("base64");
}

function attestationOf(description: AttestationDescription): Attestation {
  switch (description.kind) {
    case "symmetricKey": {
      const { primaryKey, secondaryKey } = registeredProof({ ...description, authenticationType: "sas" });
      return { kind: "symmetricKey", primaryKey, secondaryKey };
    }
    case "thumbprint": {
      const { primaryThumbprint, secondaryThumbprint } = registeredProof({
        ...description,
        authenticationType: "selfSigned",
      });
      const thumbprints = [primaryThumbprint, secondaryThumbprint].filter((known) => known !== null);
      return { kind: "thumbprint", thumbprints };
    }
    case "authority":
      return {
        kind: "authority",
        authorities: readAuthorities(description.authorities, "an attestation's authorities"),
      };
  }
}
