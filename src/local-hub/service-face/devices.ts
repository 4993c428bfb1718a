import { HubError } from "../hub-error.ts";
import type { ActivityOf } from "../identities/activity.ts";
import type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "../identities/registry.ts";
import { json } from "./answers.ts";
import { parseObject } from "./body.ts";
import {
  etagOf,
  objectAt,
  oneIdentity,
  presentOnly,
  readProof,
  requiredEtagOf,
  toActivity,
  toAuthentication,
} from "./identity-documents.ts";
import type { Route } from "./routing.ts";

/** The most devices one list holds, in the service too. */
const LIST_LIMIT = 1000;

/** The identity registry's operations on devices (learn.microsoft.com, "IoT Hub REST: devices"). */
export function deviceRoutes(options: {
  registry: DeviceRegistry;
  activityOf: (clientId: string) => ActivityOf;
  /** How many messages wait for a device. */
  cloudToDeviceMessageCount: (clientId: string) => number;
}): Route[] {
  const { registry, activityOf, cloudToDeviceMessageCount } = options;
  const render = (device: DeviceIdentity) =>
    toDocument(device, {
      activity: activityOf(device.deviceId),
      cloudToDeviceMessageCount: cloudToDeviceMessageCount(device.deviceId),
    });

  return [
    {
      method: "GET",
      path: "/devices",
      right: "RegistryRead",
      handle: ({ query }) => json(registry.list().slice(0, topOf(query)).map(render)),
    },
    {
      method: "GET",
      path: "/devices/{deviceId}",
      right: "RegistryRead",
      handle({ parameters: { deviceId = "" } }) {
        const device = registry.get(deviceId);
        if (device === undefined) throw new HubError("DeviceNotFound", deviceId);
        return oneIdentity(render(device));
      },
    },
    {
      method: "PUT",
      path: "/devices/{deviceId}",
      right: "RegistryWrite",
      async handle({ parameters: { deviceId = "" }, body, header }) {
        const description = readDevice(parseObject(body), deviceId);
        const ifMatch = etagOf(header("if-match"));
        if (ifMatch === undefined) return oneIdentity(render(await registry.create(description)));
        return oneIdentity(render(await registry.update(description, { ifMatch })));
      },
    },
    {
      method: "DELETE",
      path: "/devices/{deviceId}",
      right: "RegistryWrite",
      async handle({ parameters: { deviceId = "" }, header }) {
        await registry.delete(deviceId, { ifMatch: requiredEtagOf(header("if-match")) });
        return { status: 204 };
      },
    },
  ];
}

function topOf(query: URLSearchParams): number {
  const text = query.get("top");
  if (text === null) return LIST_LIMIT;
  const top = Number(text);
  if (!Number.isInteger(top) || top < 1)
    throw new HubError("ArgumentInvalid", "top is a whole number from 1");
  return Math.min(top, LIST_LIMIT);
}

function readDevice(document: Record<string, unknown>, pathId: string): DeviceDescription {
  const deviceId = document.deviceId ?? pathId;
  if (deviceId !== pathId)
    throw new HubError("ArgumentInvalid", "the device id of the body is not that of the path");
  return readDescription(document, pathId);
}

/**
 * What a document says of a device. It is the whole of it: a change resets what its document leaves out, as in the service
 * (azure-iothub, registry.d.ts, `update`).
 */
export function readDescription(document: Record<string, unknown>, deviceId: string): DeviceDescription {
  const { status, statusReason, deviceScope, parentScopes } = document;
  // One of the two names for the parent speaks for the other.
  const noParent = deviceScope === undefined && parentScopes === undefined;
  return {
    deviceId,
    ...presentOnly({
      status: status ?? "enabled",
      statusReason: statusReason ?? null,
      capabilities: { iotEdge: objectAt(document, "capabilities").iotEdge ?? false },
      deviceScope: noParent ? null : deviceScope,
      parentScopes: noParent ? null : parentScopes,
    }),
    ...readProof(document),
  };
}

function toDocument(
  device: DeviceIdentity,
  options: { activity: ActivityOf; cloudToDeviceMessageCount: number },
) {
  const { deviceId, generationId, etag, status, statusReason, statusUpdatedTime } = device;
  const { capabilities, deviceScope, parentScopes } = device;
  return {
    deviceId,
    generationId,
    etag,
    ...toActivity(options.activity),
    status,
    statusReason,
    statusUpdatedTime,
    cloudToDeviceMessageCount: options.cloudToDeviceMessageCount,
    authentication: toAuthentication(device),
    capabilities,
    // The service leaves out what there is not.
    ...(deviceScope === null ? {} : { deviceScope }),
    ...(parentScopes.length === 0 ? {} : { parentScopes }),
  };
}
