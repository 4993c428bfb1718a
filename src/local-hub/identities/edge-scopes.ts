import { HubError } from "../hub-error.ts";

/** Where a device stands in a hierarchy of IoT Edge gateways. */
export interface EdgeStanding {
  capabilities: { iotEdge: boolean };
  /** Of a gateway: its own scope, made by the hub. Of another device: the scope of its gateway; null without one. */
  deviceScope: string | null;
  /** The scope of the gateway above it, if there is one. */
  parentScopes: readonly string[];
}

/** What a caller may say of it; what is left out stays as it is. */
export interface EdgeDescription {
  capabilities?: { iotEdge?: boolean } | null;
  deviceScope?: string | null;
  parentScopes?: readonly string[] | null;
}

export const NO_EDGE: EdgeStanding = {
  capabilities: { iotEdge: false },
  deviceScope: null,
  parentScopes: [],
};

/** How deep gateways may be nested (learn.microsoft.com, "Connect Azure IoT Edge devices together to create a hierarchy"). */
const DEEPEST = 5;

/** The scope of a gateway: a device made again under its id is another gateway. */
export function scopeOf({ deviceId, generationId }: { deviceId: string; generationId: string }): string {
  return `ms-azure-iot-edge://${deviceId}-${generationId}`;
}

/** The id of the gateway that a scope names. */
function deviceIn(scope: string): string | undefined {
  return /^ms-azure-iot-edge:\/\/(.+)-\d+$/.exec(scope)?.[1];
}

/**
 * The standing of a device from now on. As in the service, a gateway's own scope is made for it and cannot be changed,
 * its parent is named by `parentScopes`; any other device names its gateway by `deviceScope`, which is copied to
 * `parentScopes`, or the other way round (Microsoft.Azure.Devices, Device.Scope and Device.ParentScopes).
 *
 * @throws HubError ArgumentInvalid, InvalidDeviceScope
 */
export function edgeStanding(
  description: EdgeDescription,
  options: {
    device: { deviceId: string; generationId: string };
    old?: EdgeStanding;
    find: (deviceId: string) => EdgeStanding | undefined;
  },
): EdgeStanding {
  const { device, old = NO_EDGE, find } = options;
  const iotEdge = readIotEdge(description) ?? old.capabilities.iotEdge;
  const own = scopeOf(device);
  const parent = iotEdge
    ? parentOfGateway(description, { own, old })
    : parentOfLeaf(description, { old: old.capabilities.iotEdge ? NO_EDGE : old });
  if (parent !== undefined) checkParent(parent, { deviceId: device.deviceId, find });
  const parentScopes = parent === undefined ? [] : [parent];
  return { capabilities: { iotEdge }, deviceScope: iotEdge ? own : (parent ?? null), parentScopes };
}

function readIotEdge({ capabilities }: EdgeDescription): boolean | undefined {
  const iotEdge: unknown = capabilities?.iotEdge ?? undefined;
  if (iotEdge !== undefined && typeof iotEdge !== "boolean") {
    throw new HubError("ArgumentInvalid", "capabilities.iotEdge is true or false");
  }
  return iotEdge;
}

function parentOfGateway(
  description: EdgeDescription,
  { own, old }: { own: string; old: EdgeStanding },
): string | undefined {
  const scope = readScope(description.deviceScope);
  if (scope && scope !== own)
    throw new HubError("InvalidDeviceScope", "the scope of an IoT Edge device is its own");
  const parents = readParents(description.parentScopes);
  return (parents ?? (old.capabilities.iotEdge ? old.parentScopes : []))[0];
}

/** Two names for one thing, and a caller may have changed either of a document it got: that which changed counts. */
function parentOfLeaf(description: EdgeDescription, { old }: { old: EdgeStanding }): string | undefined {
  const { deviceScope, parentScopes } = description;
  const given = [
    ...(deviceScope === undefined ? [] : [readScope(deviceScope) ?? null]),
    ...(parentScopes === undefined ? [] : [readParents(parentScopes)?.[0] ?? null]),
  ];
  const [changed = old.deviceScope, other = changed] = given.filter((scope) => scope !== old.deviceScope);
  if (changed !== other) {
    throw new HubError("InvalidDeviceScope", "deviceScope and parentScopes name two parents");
  }
  return changed ?? undefined;
}

function readScope(scope: unknown): string | undefined {
  if (scope === undefined || scope === null || scope === "") return undefined;
  if (typeof scope !== "string") throw new HubError("ArgumentInvalid", "deviceScope is text");
  return scope;
}

function readParents(parents: unknown): readonly string[] | undefined {
  if (parents === undefined) return undefined;
  if (parents === null) return [];
  if (!Array.isArray(parents) || !parents.every((scope) => typeof scope === "string" && scope !== "")) {
    throw new HubError("ArgumentInvalid", "parentScopes is a list of scopes");
  }
  if (parents.length > 1) throw new HubError("ArgumentInvalid", "a device has one parent scope at most");
  return parents;
}

/** The parent must be a gateway of this hub, and not below the device itself. */
function checkParent(
  parent: string,
  options: { deviceId: string; find: (deviceId: string) => EdgeStanding | undefined },
): void {
  const { deviceId, find } = options;
  let scope: string | undefined = parent;
  for (let depth = 1; scope !== undefined; depth += 1) {
    const id = deviceIn(scope);
    const gateway: EdgeStanding | undefined = id === undefined ? undefined : find(id);
    const known = gateway?.capabilities.iotEdge === true && gateway.deviceScope === scope;
    // Further up a gateway may have been deleted since: that is no fault of this device.
    if (!known && depth > 1) return;
    if (!known) throw new HubError("InvalidDeviceScope", `no IoT Edge device has the scope ${scope}`);
    if (id === deviceId) throw new HubError("InvalidDeviceScope", "a device cannot be above itself");
    if (depth > DEEPEST) throw new HubError("InvalidDeviceScope", `more than ${DEEPEST} gateways in a row`);
    scope = gateway?.parentScopes[0];
  }
}
