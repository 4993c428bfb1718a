import { createHash } from "node:crypto";
import { mqttAddress } from "../credentials/connection-strings.ts";
import type { TwinPatch } from "../twins/twins.ts";
import { type Enrolment, keyOf } from "./enrolment.ts";
import type { AssignableHub, LinkedHubs, NamedHub } from "./linked-hubs.ts";

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
  /** In place of the enrolment's, and of what the device's twin was in another hub. */
  initialTwin?: TwinPatch;
  payload?: unknown;
}

/** Custom allocation: decides where a device goes. An error makes its registration fail, and is told to the device. */
export type OnRegister = (
  request: RegistrationRequest,
) => Allocation | undefined | Promise<Allocation | undefined>;

type Settings = Pick<Enrolment, "hub" | "hubHostName" | "hubHostNames" | "allocation">;

/**
 * The hub that an enrolment, or an allocation in its place, means: the one it names, or one of those it may go to, the same
 * for a device each time. @throws Error telling a name that is no linked hub's
 */
export function hubFor(settings: Settings, options: { hubs: LinkedHubs; registrationId: string }): NamedHub {
  const { hubs, registrationId } = options;
  const { hub, hubHostName, hubHostNames = hubs.hostNames } = settings;
  const [first = ""] = hubs.hostNames;
  if (hub) return { hub, hostName: hubHostName ?? mqttAddress("localhost", hub.mqttPort) };
  const named = nameIn(settings);
  // A name of no hub is what the device is told of the first: a name of a proxy, or of the machine in some network.
  if (named !== undefined) return hubs.find(named) ?? { ...existing(first, hubs), hostName: named };
  return existing(hubHostNames[slotOf(registrationId, hubHostNames.length)] ?? first, hubs);
}

/** The one hub that is named, if the allocation is by name. */
function nameIn({ allocation, hubHostName, hubHostNames }: Settings): string | undefined {
  if (allocation === "static") return hubHostName ?? hubHostNames?.[0];
  return allocation === undefined ? hubHostName : undefined;
}

function existing(hostName: string, hubs: LinkedHubs): NamedHub {
  const found = hubs.find(hostName);
  if (found === undefined) throw new Error(`${hostName} is not a linked hub`);
  return found;
}

/** Evenly spread, and always the same for an id. */
function slotOf(registrationId: string, count: number): number {
  return createHash("sha256").update(keyOf(registrationId)).digest().readUInt32BE() % Math.max(1, count);
}
