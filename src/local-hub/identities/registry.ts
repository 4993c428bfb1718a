import { HubError } from "../hub-error.ts";
import type { Store } from "../store/store.ts";
import { type EdgeDescription, type EdgeStanding, edgeStanding, NO_EDGE } from "./edge-scopes.ts";
import { createIdentityTable, type IdentityChange, type Stamp } from "./identity-table.ts";
import { type ProofDescription, type RegisteredProof, registeredProof } from "./registered-proof.ts";

/** A device in the hub's identity registry; times are ISO 8601. */
export interface DeviceIdentity extends Stamp, RegisteredProof, EdgeStanding {
  deviceId: string;
  status: "enabled" | "disabled";
  statusReason: string | null;
  /** When the status last changed; before that the service's time for never. */
  statusUpdatedTime: string;
}

/** What a caller may say of a device. */
export interface DeviceDescription extends ProofDescription, EdgeDescription {
  deviceId: string;
  status?: "enabled" | "disabled";
  statusReason?: string | null;
}

/** The hub's device identities. Changes are kept (see the store) before the promise resolves. */
export interface DeviceRegistry {
  /** @throws HubError ArgumentInvalid, InvalidDeviceScope, DeviceAlreadyExists */
  create(device: DeviceDescription): Promise<DeviceIdentity>;
  get(deviceId: string): DeviceIdentity | undefined;
  /** All devices, in the order they were made. */
  list(): DeviceIdentity[];
  /**
   * What is left out stays. `ifMatch` is an etag, or "*" for any.
   * @throws HubError ArgumentInvalid, InvalidDeviceScope, DeviceNotFound, PreconditionFailed
   */
  update(device: DeviceDescription, options?: { ifMatch?: string }): Promise<DeviceIdentity>;
  /** Its modules go with it. @throws HubError DeviceNotFound, PreconditionFailed */
  delete(deviceId: string, options?: { ifMatch?: string }): Promise<void>;
}

export interface ObservableRegistry extends DeviceRegistry {
  /** Called after each change took effect in memory. */
  onChange(listener: (deviceId: string, change: IdentityChange) => void): void;
}

/** What .NET, and so the service, writes for a time that never was. */
export const NEVER = "0001-01-01T00:00:00";

/**
 * The ids IoT Hub takes: 1 to 128 ASCII letters, digits and - . % _ * ? ! ( ) , : = @ $ ' (learn.microsoft.com, "Understand
 * the identity registry"); + and # are MQTT wildcards and have since been taken off that list.
 */
const ID = /^[A-Za-z0-9\-.%_*?!(),:=@$']{1,128}$/;

/** The same, for who reads documents with such ids in them. */
export const DEVICE_ID = {
  pattern: ID,
  expected: "1 to 128 letters, digits and - . % _ * ? ! ( ) , : = @ $ '",
};

/** Whether it can be the id of a device or module. @throws HubError ArgumentInvalid */
export function checkId(kind: "device" | "module", id: string): void {
  if (typeof id === "string" && ID.test(id)) return;
  throw new HubError("ArgumentInvalid", `a ${kind} id is ${DEVICE_ID.expected}`);
}

export function createRegistry(options: { store: Store; now: () => number }): ObservableRegistry {
  const { store, now } = options;
  const table = createIdentityTable<DeviceIdentity>({
    store,
    name: "devices",
    now,
    missing: (deviceId) => new HubError("DeviceNotFound", deviceId),
    present: (deviceId) => new HubError("DeviceAlreadyExists", deviceId),
    complete: (kept) => ({ ...NO_EDGE, ...kept }),
  });
  const find = (deviceId: string) => table.get(deviceId);

  return {
    async create(description) {
      checkDescription(description);
      const { deviceId } = description;
      return table.add(deviceId, ({ generationId }) => ({
        deviceId,
        status: description.status ?? "enabled",
        statusReason: description.statusReason ?? null,
        statusUpdatedTime: NEVER,
        ...registeredProof(description),
        ...edgeStanding(description, { device: { deviceId, generationId }, find }),
      }));
    },

    get: (deviceId) => table.get(deviceId),
    list: () => table.list(),

    async update(description, { ifMatch = "*" } = {}) {
      checkDescription(description);
      return table.change(description.deviceId, {
        ifMatch,
        change(old) {
          const { status = old.status, statusReason = old.statusReason } = description;
          const statusUpdatedTime =
            status === old.status ? old.statusUpdatedTime : new Date(now()).toISOString();
          return {
            ...old,
            status,
            statusReason,
            statusUpdatedTime,
            ...registeredProof(description, old),
            ...edgeStanding(description, { device: old, old, find }),
          };
        },
      });
    },

    delete: (deviceId, { ifMatch = "*" } = {}) => table.remove(deviceId, { ifMatch }),
    onChange: (listener) => table.onChange(listener),
  };
}

function checkDescription(device: DeviceDescription): void {
  const invalid = (message: string): never => {
    throw new HubError("ArgumentInvalid", message);
  };
  checkId("device", device.deviceId);
  if (device.status !== undefined && device.status !== "enabled" && device.status !== "disabled") {
    invalid('status is "enabled" or "disabled"');
  }
  if (typeof (device.statusReason ?? "") !== "string" || (device.statusReason ?? "").length > 128) {
    invalid("statusReason is text of at most 128 characters");
  }
}
