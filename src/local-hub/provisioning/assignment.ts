import { isDeepStrictEqual } from "node:util";
import type { DeviceDescription } from "../identities/registry.ts";
import type { JsonObject, TwinPatch } from "../twins/twins.ts";
import { type Allocation, hubFor, type OnRegister } from "./allocation.ts";
import type { Attested } from "./attestation.ts";
import type { Enrolment } from "./enrolment.ts";
import type { AssignableHub, LinkedHubs, NamedHub } from "./linked-hubs.ts";
import { askWebhook } from "./webhook.ts";

/** The service's words for whether it was there before (learn.microsoft.com, REST "Device Registration State"). */
export type Substatus =
  | "initialAssignment"
  | "reprovisionedToInitialAssignment"
  | "deviceDataMigrated"
  | "deviceDataReset";

/** Where a device was put. */
export interface Assignment {
  /** Undefined if that hub is no longer linked: of what was kept, only names are known. */
  hub: AssignableHub | undefined;
  assignedHub: string;
  deviceId: string;
  substatus: Substatus;
  payload: unknown;
}

/**
 * Puts a device into a hub, with the proof that it registered with: made there, or given these keys or this thumbprint
 * if it is there. Taken out of the hub it was in before, and its twin brought along, or not, as its enrolment says
 * (learn.microsoft.com, "IoT Hub Device reprovisioning concepts"). @throws Error in words for the device
 */
export async function assign(
  { enrolment, registered }: Attested,
  options: {
    registrationId: string;
    payload: unknown;
    previous: Assignment | undefined;
    hubs: LinkedHubs;
    onRegister: OnRegister | undefined;
    stopping: AbortSignal;
  },
): Promise<Assignment> {
  const { registrationId, previous, hubs } = options;
  const stays = placeToStay(enrolment, previous);
  const allocated = stays ? {} : await allocate({ ...options, enrolment });
  const { hub, hostName, deviceId } = stays ?? placeFor(allocated, { enrolment, hubs, registrationId });
  const isMove = previous !== undefined && previous.hub?.registry !== hub.registry;
  const migrates = isMove && (enrolment.reprovisioning ?? "migrate") === "migrate";
  const brought = migrates && !allocated.initialTwin ? twinIn(previous) : undefined;
  const twin = brought ?? { start: allocated.initialTwin ?? enrolment.initialTwin };
  const { iotEdge } = enrolment;
  const device = { deviceId, ...registered, ...(iotEdge === undefined ? {} : { capabilities: { iotEdge } }) };
  await ensureDevice(hub, device, twin);
  if (isMove) await removeDevice(previous);
  return {
    hub,
    assignedHub: hostName,
    deviceId,
    substatus: substatusOf({ isFirst: previous === undefined, isMove, migrates }),
    payload: allocated.payload ?? enrolment.payload,
  };
}

type Asked = Parameters<typeof askWebhook>[1] & { onRegister: OnRegister | undefined };

async function allocate({ onRegister, ...asked }: Asked): Promise<Allocation> {
  const { registrationId, enrolment, payload } = asked;
  if (onRegister) return (await onRegister({ registrationId, enrolment, payload })) ?? {};
  if (enrolment.allocation !== "custom") return {};
  if (enrolment.webhook === undefined) throw new Error("there is nobody to ask for a custom allocation");
  return askWebhook(enrolment.webhook, asked);
}

/** A hub, and the id of a device in it. */
interface Place extends NamedHub {
  deviceId: string;
}

/** Where a device is, if its enrolment says that it never leaves. */
function placeToStay(enrolment: Enrolment, previous: Assignment | undefined): Place | undefined {
  if (enrolment.reprovisioning !== "never" || previous?.hub === undefined) return undefined;
  return { hub: previous.hub, hostName: previous.assignedHub, deviceId: previous.deviceId };
}

function placeFor(
  { hub, hubHostName, deviceId }: Allocation,
  options: { enrolment: Enrolment; hubs: LinkedHubs; registrationId: string },
): Place {
  const { enrolment, registrationId } = options;
  const id = deviceId ?? enrolment.deviceId ?? registrationId;
  const name = hubHostName ? { hubHostName } : {};
  if (hub) return { ...hubFor({ hub, ...name }, options), deviceId: id };
  if (!hubHostName) return { ...hubFor(enrolment, options), deviceId: id };
  const own = enrolment.hub ? { hub: enrolment.hub } : {};
  return { ...hubFor({ ...own, hubHostName }, options), deviceId: id };
}

function substatusOf(how: { isFirst: boolean; isMove: boolean; migrates: boolean }): Substatus {
  if (how.isFirst) return "initialAssignment";
  if (!how.isMove) return "reprovisionedToInitialAssignment";
  return how.migrates ? "deviceDataMigrated" : "deviceDataReset";
}

async function ensureDevice(
  { registry, twins }: AssignableHub,
  device: DeviceDescription,
  { start, reported }: BroughtTwin,
): Promise<void> {
  const known = registry.get(device.deviceId);
  if (known === undefined) {
    await registry.create(device);
    if (start) twins?.replace(device.deviceId, start);
    if (reported) twins?.report(device.deviceId, reported);
    return;
  }
  const wanted = Object.entries(device);
  // An update that changes nothing would still change the etag.
  if (wanted.some(([name, value]) => !isDeepStrictEqual(known[name as keyof typeof known], value))) {
    await registry.update(device);
  }
}

/** What a twin starts with in its hub. */
interface BroughtTwin {
  start: TwinPatch | undefined;
  reported?: JsonObject;
}

/** What a device's twin takes along to another hub. */
function twinIn({ hub, deviceId }: Assignment): BroughtTwin | undefined {
  if (hub?.twins === undefined || hub.registry.get(deviceId) === undefined) return undefined;
  const { tags = {}, properties } = hub.twins.get(deviceId);
  const { desired, reported } = properties;
  return { start: { tags, properties: { desired: bare(desired) } }, reported: bare(reported) };
}

function bare({ $metadata: _metadata, $version: _version, ...values }: JsonObject): JsonObject {
  return values;
}

async function removeDevice({ hub, deviceId }: Assignment): Promise<void> {
  if (hub?.registry.get(deviceId) !== undefined) await hub.registry.delete(deviceId);
}
