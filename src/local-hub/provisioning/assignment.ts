import { mqttAddress } from "../connection-strings.ts";
import type { ProofDescription } from "../registered-proof.ts";
import type { DeviceRegistry } from "../registry.ts";
import type { Attested } from "./attestation.ts";
import type { Enrolment } from "./enrolments.ts";

/** A local hub, as far as provisioning needs one. */
export interface AssignableHub {
  readonly mqttPort: number;
  readonly registry: DeviceRegistry;
}

/** A device that registers, before it is decided where it goes. */
export interface RegistrationRequest {
  registrationId: string;
  enrolment: Enrolment;
  /** What the device sent along; undefined if nothing. */
  payload: unknown;
}

/** Where a device goes; what is absent is as its enrolment says. */
export interface Allocation {
  hub?: AssignableHub;
  hubHostName?: string;
  deviceId?: string;
  payload?: unknown;
}

/** Custom allocation: decides where a device goes. An error makes its registration fail, and is told to the device. */
export type OnRegister = (
  request: RegistrationRequest,
) => Allocation | undefined | Promise<Allocation | undefined>;

/** Where a device was put. */
export interface Assignment {
  registry: DeviceRegistry;
  assignedHub: string;
  deviceId: string;
  /** The service's word for whether it was there before (learn.microsoft.com, REST "Device Registration State"). */
  substatus: "initialAssignment" | "reprovisionedToInitialAssignment" | "deviceDataMigrated";
  payload: unknown;
}

/**
 * Puts a device into a hub, with the proof that it registered with: made there, or given these keys or this thumbprint
 * if it is there. Taken out of the hub it was in before, as the service does unless told otherwise (learn.microsoft.com,
 * "IoT Hub Device reprovisioning concepts").
 */
export async function assign(
  { enrolment, registered }: Attested,
  options: {
    registrationId: string;
    payload: unknown;
    previous: Assignment | undefined;
    defaultHub: AssignableHub;
    onRegister: OnRegister | undefined;
  },
): Promise<Assignment> {
  const { registrationId, payload, previous, defaultHub, onRegister } = options;
  const allocated: Allocation = (await onRegister?.({ registrationId, enrolment, payload })) ?? {};
  const hub = allocated.hub ?? enrolment.hub ?? defaultHub;
  const deviceId = allocated.deviceId ?? enrolment.deviceId ?? registrationId;
  const hubHostName =
    allocated.hubHostName ?? enrolment.hubHostName ?? mqttAddress("localhost", hub.mqttPort);
  await ensureDevice(hub.registry, { deviceId, ...registered });
  const isMove = previous !== undefined && previous.registry !== hub.registry;
  if (isMove) await removeDevice(previous.registry, previous.deviceId);
  const again = isMove ? "deviceDataMigrated" : "reprovisionedToInitialAssignment";
  const substatus = previous === undefined ? "initialAssignment" : again;
  const told = allocated.payload ?? enrolment.payload;
  return { registry: hub.registry, assignedHub: hubHostName, deviceId, substatus, payload: told };
}

async function ensureDevice(
  registry: DeviceRegistry,
  device: ProofDescription & { deviceId: string },
): Promise<void> {
  const known = registry.get(device.deviceId);
  if (known === undefined) {
    await registry.create(device);
    return;
  }
  const wanted = Object.entries(device);
  // An update that changes nothing would still change the etag.
  if (wanted.some(([name, value]) => known[name as keyof typeof known] !== value)) {
    await registry.update(device);
  }
}

async function removeDevice(registry: DeviceRegistry, deviceId: string): Promise<void> {
  if (registry.get(deviceId) !== undefined) await registry.delete(deviceId);
}
