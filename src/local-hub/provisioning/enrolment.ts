import { createHmac, createSecretKey } from "node:crypto";
import { HubError } from "../hub-error.ts";
import { newRecord, replaced } from "../twins/twin-record.ts";
import type { TwinPatch } from "../twins/twins.ts";
import type { Attestation, AttestationDescription } from "./attestation-description.ts";
import type { AssignableHub } from "./linked-hubs.ts";

/**
 * What becomes of a device that registers again and would go to another hub: its twin goes with it, it starts anew with the
 * initial twin, or it stays where it is (learn.microsoft.com, "IoT Hub Device reprovisioning concepts").
 */
export type Reprovisioning = "migrate" | "reset" | "never";

/** `geoLatency` is `hashed` here: all hubs are equally near. */
export type AllocationPolicy = "hashed" | "geoLatency" | "static" | "custom";

/** What becomes of devices that are enrolled. */
export interface EnrolmentSettings {
  /** A device that registers is told `disabled`, and assigned to nothing. */
  disabled?: boolean;
  /** Where to, if it is none of the linked hubs. It is not kept in the data folder. */
  hub?: AssignableHub;
  /** The linked hub of this name; of another name, what the device is told in place of `localhost:port`. */
  hubHostName?: string;
  /** The names of the linked hubs to choose from; all if absent. */
  hubHostNames?: readonly string[];
  /** How one of them is chosen; `static` with a `hubHostName` and `hashed` without if absent. */
  allocation?: AllocationPolicy;
  /** Whom a `custom` allocation asks, over HTTP; not asked if the service was started with `onRegister`. */
  webhook?: { url: string; apiVersion: string };
  /** `migrate` if absent. */
  reprovisioning?: Reprovisioning;
  /** What a device's twin starts with. */
  initialTwin?: TwinPatch;
  /** Whether the device is an IoT Edge device to its hub. */
  iotEdge?: boolean;
  /** Given back with the assignment, whatever JSON can hold. */
  payload?: unknown;
}

/** One device, or a group: many that prove themselves alike. */
export interface Enrolment extends EnrolmentSettings {
  readonly kind: EnrolmentKind;
  /** The registration id of the one device, or the name of the group. */
  readonly id: string;
  readonly attestation: Attestation;
  /** Of the one device; the registration id if absent. */
  readonly deviceId?: string;
  /** Changes with every change; without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type EnrolmentKind = "individual" | "group";

/** All that somebody says of an enrolment. */
export interface EnrolmentDescription extends EnrolmentSettings {
  kind: EnrolmentKind;
  id: string;
  deviceId?: string;
  attestation: AttestationDescription;
}

/** What ids may be (learn.microsoft.com, "Device Provisioning Service concepts: registration ID"). */
export const ENROLMENT_ID = {
  pattern: /^[A-Za-z0-9\-._:]{0,127}[A-Za-z0-9-]$/,
  expected: "1 to 128 letters, digits and - . _ : of which the last is a letter, a digit or -",
};

/** Ids are the same in any spelling (learn.microsoft.com, "IoT Hub Device Provisioning Service concepts"). */
export function keyOf(id: string): string {
  return id.toLowerCase();
}

/** Why a twin cannot start with this, if it cannot; in the hub's words, which name properties and no value. */
export function twinFault(twin: TwinPatch): string | undefined {
  try {
    replaced(newRecord(0), twin, 0);
    return undefined;
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
}

/** The key, base64, of a device whose enrolment is a group with keys: base64(HMAC-SHA256(group key, registration id)). */
export function deriveDeviceKey(options: { groupKey: string; registrationId: string }): string {
  const { groupKey, registrationId } = options;
  return createHmac("sha256", createSecretKey(groupKey, "base64")).update(registrationId).digest("base64");
}
