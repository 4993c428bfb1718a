import { HubError } from "../hub-error.ts";
import type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "../registry.ts";
import { json } from "./answers.ts";
import { parseObject } from "./body.ts";
import {
  etagOf,
  NEVER,
  oneIdentity,
  presentOnly,
  readProof,
  requiredEtagOf,
  toAuthentication,
} from "./identity-documents.ts";
import type { Route } from "./routing.ts";

/** The most devices one list holds, in the service too. */
const LIST_LIMIT = 1000;

/** The identity registry's operations on devices (learn.microsoft.com, "IoT Hub REST: devices"). */
export function deviceRoutes(options: {
  registry: DeviceRegistry;
  isConnected: (deviceId: string) => boolean;
}): Route[] {
  const { registry, isConnected } = options;
  const render = (device: DeviceIdentity) => toDocument(device, { connected: isConnected(device.deviceId) });

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
  const { status, statusReason } = document;
  return {
    deviceId: pathId,
    ...presentOnly({ status: status ?? undefined, statusReason }),
    ...readProof(document),
  };
}

function toDocument(device: DeviceIdentity, options: { connected: boolean }) {
  const { deviceId, generationId, etag, status, statusReason, statusUpdatedTime } = device;
  return {
    deviceId,
    generationId,
    etag,
    connectionState: options.connected ? "Connected" : "Disconnected",
    status,
    statusReason,
    connectionStateUpdatedTime: NEVER,
    statusUpdatedTime,
    lastActivityTime: NEVER,
    cloudToDeviceMessageCount: 0,
    authentication: toAuthentication(device),
    capabilities: { iotEdge: false },
  };
}
