import { randomBytes } from "node:crypto";
import { HubError } from "./hub-error.ts";
import { newKey } from "./policies.ts";

/** A device in the hub's identity registry; times are ISO 8601, keys base64. */
export interface DeviceIdentity {
  deviceId: string;
  /** Tells a device from an earlier one of the same id. */
  generationId: string;
  /** Changes with every change of the identity; without quotes. */
  etag: string;
  status: "enabled" | "disabled";
  statusReason: string | null;
  statusUpdatedTime: string;
  primaryKey: string;
  secondaryKey: string;
}

/** What a caller may say of a device; blank or absent keys are made at creation, and left alone by an update. */
export interface DeviceDescription {
  deviceId: string;
  status?: "enabled" | "disabled";
  statusReason?: string | null;
  primaryKey?: string;
  secondaryKey?: string;
}

type DeviceChange = "created" | "updated" | "deleted";

/** The hub's device identities. Changes are kept (see the store) before the promise resolves. */
export interface DeviceRegistry {
  /** @throws HubError ArgumentInvalid, DeviceAlreadyExists */
  create(device: DeviceDescription): Promise<DeviceIdentity>;
  get(deviceId: string): DeviceIdentity | undefined;
  /** All devices, in the order they were made. */
  list(): DeviceIdentity[];
  /** `ifMatch` is an etag, or "*" for any. @throws HubError ArgumentInvalid, DeviceNotFound, PreconditionFailed */
  update(device: DeviceDescription, options?: { ifMatch?: string }): Promise<DeviceIdentity>;
  /** @throws HubError DeviceNotFound, PreconditionFailed */
  delete(deviceId: string, options?: { ifMatch?: string }): Promise<void>;
}

export interface ObservableRegistry extends DeviceRegistry {
  /** Called after each change took effect in memory. */
  onChange(listener: (deviceId: string, change: DeviceChange) => void): void;
}

/**
 * The ids IoT Hub takes: 1 to 128 ASCII letters, digits and - . % _ * ? ! ( ) , : = @ $ ' (learn.microsoft.com, "Understand
 * the identity registry"); + and # are MQTT wildcards and have since been taken off that list.
 */
const DEVICE_ID = /^[A-Za-z0-9\-.%_*?!(),:=@$']{1,128}$/;

export function createRegistry(options: {
  devices: readonly DeviceIdentity[];
  keep: () => Promise<void>;
  now: () => number;
}): ObservableRegistry {
  const { keep, now } = options;
  const devices = new Map(options.devices.map((device) => [device.deviceId, device]));
  const listeners: Array<(deviceId: string, change: DeviceChange) => void> = [];

  async function changed(deviceId: string, change: DeviceChange): Promise<void> {
    for (const listener of listeners) listener(deviceId, change);
    await keep();
  }

  function matched(deviceId: string, ifMatch: string): DeviceIdentity {
    const device = devices.get(deviceId);
    if (device === undefined) throw new HubError("DeviceNotFound", deviceId);
    if (ifMatch !== "*" && ifMatch !== device.etag) {
      throw new HubError("PreconditionFailed", `the etag of device ${deviceId} is another one`);
    }
    return device;
  }

  return {
    async create(description) {
      checkDescription(description);
      const { deviceId } = description;
      if (devices.has(deviceId)) throw new HubError("DeviceAlreadyExists", deviceId);
      const device: DeviceIdentity = {
        deviceId,
        generationId: `${now()}${randomBytes(2).readUInt16BE()}`,
        etag: newEtag(),
        status: description.status ?? "enabled",
        statusReason: description.statusReason ?? null,
        statusUpdatedTime: new Date(now()).toISOString(),
        primaryKey: description.primaryKey || newKey(),
        secondaryKey: description.secondaryKey || newKey(),
      };
      devices.set(deviceId, device);
      await changed(deviceId, "created");
      return { ...device };
    },

    get(deviceId) {
      const device = devices.get(deviceId);
      return device && { ...device };
    },

    list: () => [...devices.values()].map((device) => ({ ...device })),

    async update(description, { ifMatch = "*" } = {}) {
      checkDescription(description);
      const old = matched(description.deviceId, ifMatch);
      const status = description.status ?? old.status;
      const device: DeviceIdentity = {
        ...old,
        etag: newEtag(),
        status,
        statusReason: description.statusReason === undefined ? old.statusReason : description.statusReason,
        statusUpdatedTime: status === old.status ? old.statusUpdatedTime : new Date(now()).toISOString(),
        primaryKey: description.primaryKey || old.primaryKey,
        secondaryKey: description.secondaryKey || old.secondaryKey,
      };
      devices.set(device.deviceId, device);
      await changed(device.deviceId, "updated");
      return { ...device };
    },

    async delete(deviceId, { ifMatch = "*" } = {}) {
      matched(deviceId, ifMatch);
      devices.delete(deviceId);
      await changed(deviceId, "deleted");
    },

    onChange(listener) {
      listeners.push(listener);
    },
  };
}

/** Etags of the service are base64 of a number; any opaque base64 will do. */
function newEtag(): string {
  return randomBytes(6).toString("base64");
}

function checkDescription(device: DeviceDescription): void {
  const invalid = (message: string): never => {
    throw new HubError("ArgumentInvalid", message);
  };
  if (!DEVICE_ID.test(device.deviceId)) {
    invalid("a device id is 1 to 128 letters, digits and - . % _ * ? ! ( ) , : = @ $ '");
  }
  if (device.status !== undefined && device.status !== "enabled" && device.status !== "disabled") {
    invalid('status is "enabled" or "disabled"');
  }
  if (typeof (device.statusReason ?? "") !== "string" || (device.statusReason ?? "").length > 128) {
    invalid("statusReason is text of at most 128 characters");
  }
  for (const name of ["primaryKey", "secondaryKey"] as const) {
    if (!isKeyOrBlank(device[name])) invalid(`${name} is base64 of 16 to 64 bytes`);
  }
}

function isKeyOrBlank(key: unknown): boolean {
  if (key === undefined || key === null || key === "") return true;
  if (typeof key !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0) return false;
  const { length } = Buffer.from(key, "base64");
  return length >= 16 && length <= 64;
}
