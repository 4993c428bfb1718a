import { HubError } from "../hub-error.ts";
import type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "../registry.ts";
import { type Answer, json } from "./answers.ts";
import { parseObject } from "./body.ts";
import type { Route } from "./routing.ts";

/** The most devices one list holds, in the service too. */
const LIST_LIMIT = 1000;
/** What .NET writes for a time that never was. */
const NEVER = "0001-01-01T00:00:00";

/** The identity registry's operations (learn.microsoft.com, "IoT Hub REST: devices"). */
export function deviceRoutes(options: {
  registry: DeviceRegistry;
  isConnected: (deviceId: string) => boolean;
}): Route[] {
  const { registry, isConnected } = options;
  const render = (device: DeviceIdentity) => toDocument(device, { connected: isConnected(device.deviceId) });
  const one = (device: DeviceIdentity): Answer =>
    json(render(device), { headers: { etag: `"${device.etag}"` } });

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
        return one(device);
      },
    },
    {
      method: "PUT",
      path: "/devices/{deviceId}",
      right: "RegistryWrite",
      async handle({ parameters: { deviceId = "" }, body, header }) {
        const description = readDevice(parseObject(body), deviceId);
        const ifMatch = etagOf(header("if-match"));
        if (ifMatch === undefined) return one(await registry.create(description));
        return one(await registry.update(description, { ifMatch }));
      },
    },
    {
      method: "DELETE",
      path: "/devices/{deviceId}",
      right: "RegistryWrite",
      async handle({ parameters: { deviceId = "" }, header }) {
        const ifMatch = etagOf(header("if-match"));
        if (ifMatch === undefined)
          throw new HubError("PreconditionFailed", "a delete needs an If-Match header");
        await registry.delete(deviceId, { ifMatch });
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

/** Etags travel quoted; the SDKs quote the asterisk too. */
function etagOf(header: string | undefined): string | undefined {
  return header?.trim().replace(/^"(.*)"$/, "$1");
}

function readDevice(document: Record<string, unknown>, pathId: string): DeviceDescription {
  const deviceId = document.deviceId ?? pathId;
  if (deviceId !== pathId)
    throw new HubError("ArgumentInvalid", "the device id of the body is not that of the path");
  const authentication = objectAt(document, "authentication");
  const type = authentication.type ?? "sas";
  if (type !== "sas") {
    throw new HubError(
      "ArgumentInvalid",
      `authentication of type ${JSON.stringify(type)} is not part of this hub yet`,
    );
  }
  const keys = objectAt(authentication, "symmetricKey");
  const given = {
    status: document.status ?? undefined,
    statusReason: document.statusReason,
    primaryKey: keys.primaryKey ?? undefined,
    secondaryKey: keys.secondaryKey ?? undefined,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  // The registry checks each value; here they only get their names.
  return { deviceId: pathId, ...Object.fromEntries(present) };
}

function objectAt(parent: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = parent[name] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new HubError("ArgumentInvalid", `${name} is not an object`);
  }
  return value as Record<string, unknown>;
}

function toDocument(device: DeviceIdentity, options: { connected: boolean }): Record<string, unknown> {
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
    authentication: {
      symmetricKey: { primaryKey: device.primaryKey, secondaryKey: device.secondaryKey },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
      type: "sas",
    },
    capabilities: { iotEdge: false },
  };
}
