import iothub from "azure-iothub";
import { HubhandError } from "../errors.ts";
import type { SendRequest } from "./requests.ts";

/** A device and the keys it may log in with: base64, secrets. */
export interface DeviceKeys {
  readonly deviceId: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Finds a device, or makes it; see `ServiceClient.ensureDevice`. */
export async function ensureDevice(options: {
  send: SendRequest;
  deviceId: string;
  answerMs: number;
}): Promise<DeviceKeys> {
  const { send, deviceId, answerMs } = options;
  const request = { purpose: "registry", target: `device ${JSON.stringify(deviceId)}`, answerMs } as const;
  const get = () =>
    send(
      request,
      async ({ config, rest }) => (await new iothub.Registry(config, rest).get(deviceId)).responseBody,
    );
  const create = () =>
    send(
      request,
      async ({ config, rest }) => (await new iothub.Registry(config, rest).create({ deviceId })).responseBody,
    );

  if (deviceId === "") throw new HubhandError("CALL_INVALID", "The device id is empty.");
  const device = await get()
    .catch((error: unknown) => (isUnknown(error) ? create() : Promise.reject(error)))
    // Someone else was quicker.
    .catch((error: unknown) => (existsAlready(error) ? get() : Promise.reject(error)));
  const keys = device.authentication?.symmetricKey;
  if (!keys?.primaryKey) {
    throw new HubhandError(
      "CALL_INVALID",
      `The device ${JSON.stringify(deviceId)} has no keys: it logs in another way.`,
    );
  }
  return { deviceId, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey };
}

const isUnknown = (error: unknown): boolean =>
  error instanceof HubhandError && error.code === "DEVICE_UNKNOWN";

/** The hub says it by name or by number. */
function existsAlready(error: unknown): boolean {
  if (!(error instanceof HubhandError)) return false;
  const { reason } = error.details as { reason?: unknown };
  return reason === "DeviceAlreadyExists" || reason === "409001";
}
