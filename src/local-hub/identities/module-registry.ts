import { clientIdOf, whoIs } from "../client-id.ts";
import { HubError } from "../hub-error.ts";
import type { Store } from "../store/store.ts";
import {
  createIdentityTable,
  type IdentityChange,
  type IdentityTable,
  type Stamp,
} from "./identity-table.ts";
import { type ProofDescription, type RegisteredProof, registeredProof } from "./registered-proof.ts";
import { checkId, type ObservableRegistry } from "./registry.ts";

/** A module of a device in the hub's identity registry. It has no status: it is disabled with its device. */
export interface ModuleIdentity extends Stamp, RegisteredProof {
  deviceId: string;
  moduleId: string;
  /** Free text: "IotEdge" for one that IoT Edge's runtime looks after. */
  managedBy: string | null;
}

/** What a caller may say of a module. */
export interface ModuleDescription extends ProofDescription {
  deviceId: string;
  moduleId: string;
  managedBy?: string | null;
}

/** The most modules of one device (learn.microsoft.com, "Understand and use module twins in IoT Hub"). */
const MODULE_LIMIT = 50;

/** IoT Edge's own modules: every gateway has them, made and removed by the hub. */
const SYSTEM_MODULES: readonly string[] = ["$edgeAgent", "$edgeHub"];

/** The hub's module identities, each below a device. Changes are kept (see the store) before the promise resolves. */
export interface ModuleRegistry {
  /**
   * @throws HubError ArgumentInvalid, SystemModuleModifyUnauthorizedAccess, DeviceNotFound, ModuleAlreadyExistsOnDevice,
   * TooManyModulesOnDevice
   */
  create(module: ModuleDescription): Promise<ModuleIdentity>;
  get(deviceId: string, moduleId: string): ModuleIdentity | undefined;
  /** The modules of one device, or of all, in the order they were made. */
  list(deviceId?: string): ModuleIdentity[];
  /** `ifMatch` is an etag, or "*" for any. @throws HubError ArgumentInvalid, ModuleNotFound, PreconditionFailed */
  update(module: ModuleDescription, options?: { ifMatch?: string }): Promise<ModuleIdentity>;
  /** @throws HubError SystemModuleModifyUnauthorizedAccess, ModuleNotFound, PreconditionFailed */
  delete(deviceId: string, moduleId: string, options?: { ifMatch?: string }): Promise<void>;
}

export interface ObservableModuleRegistry extends ModuleRegistry {
  /** Called after each change took effect in memory; the client id is `device/module`. */
  onChange(listener: (clientId: string, change: IdentityChange) => void): void;
}

/**
 * The modules go with their device: told first, and kept with its deletion. A device that becomes an IoT Edge gateway gets
 * its system modules; one that is no longer loses them.
 */
export function createModuleRegistry(options: {
  store: Store;
  devices: ObservableRegistry;
  now: () => number;
}): ObservableModuleRegistry {
  const { store, devices, now } = options;
  const table = createIdentityTable<ModuleIdentity>({
    store,
    name: "modules",
    now,
    missing: (clientId) => new HubError("ModuleNotFound", clientId),
    present: (clientId) => new HubError("ModuleAlreadyExistsOnDevice", clientId),
  });
  const idsOf = indexByDevice(table, store);
  const list = (deviceId?: string) =>
    deviceId === undefined ? table.list() : idsOf(deviceId).flatMap((clientId) => table.get(clientId) ?? []);
  devices.onChange((deviceId, change) => {
    if (change === "deleted") {
      for (const module of list(deviceId)) table.drop(clientIdOf(module));
    } else if (devices.get(deviceId)?.capabilities.iotEdge) {
      for (const moduleId of SYSTEM_MODULES) addSystemModule({ deviceId, moduleId });
    } else {
      for (const moduleId of SYSTEM_MODULES) table.drop(clientIdOf({ deviceId, moduleId }));
    }
  });

  function addSystemModule(who: { deviceId: string; moduleId: string }): void {
    const clientId = clientIdOf(who);
    if (table.get(clientId) !== undefined) return;
    table.add(clientId, () => ({ ...who, managedBy: "iotEdge", ...registeredProof({}) }));
  }

  return {
    async create(description) {
      checkDescription(description);
      const { deviceId, moduleId, managedBy = null } = description;
      checkNoSystemModule(moduleId);
      if (devices.get(deviceId) === undefined) throw new HubError("DeviceNotFound", deviceId);
      const clientId = clientIdOf(description);
      if (table.get(clientId) === undefined && list(deviceId).length >= MODULE_LIMIT) {
        throw new HubError("TooManyModulesOnDevice", `a device has ${MODULE_LIMIT} modules at most`);
      }
      return table.add(clientId, () => ({ deviceId, moduleId, managedBy, ...registeredProof(description) }));
    },

    get: (deviceId, moduleId) => table.get(clientIdOf({ deviceId, moduleId })),
    list,

    async update(description, { ifMatch = "*" } = {}) {
      checkDescription(description);
      return table.change(clientIdOf(description), {
        ifMatch,
        change(old) {
          const { managedBy = old.managedBy } = description;
          return { ...old, managedBy, ...registeredProof(description, old) };
        },
      });
    },

    async delete(deviceId, moduleId, { ifMatch = "*" } = {}) {
      checkNoSystemModule(moduleId);
      return table.remove(clientIdOf({ deviceId, moduleId }), { ifMatch });
    },
    onChange: (listener) => table.onChange(listener),
  };
}

/** The client ids of each device's modules: a fleet is not searched for every change of a device. */
function indexByDevice(
  table: IdentityTable<ModuleIdentity>,
  store: Pick<Store, "onUndone">,
): (deviceId: string) => string[] {
  const index = new Map<string, Set<string>>();

  function add(clientId: string): void {
    const { deviceId } = whoIs(clientId);
    const ids = index.get(deviceId) ?? new Set();
    index.set(deviceId, ids.add(clientId));
  }

  function remove(clientId: string): void {
    const { deviceId } = whoIs(clientId);
    const ids = index.get(deviceId);
    ids?.delete(clientId);
    if (ids?.size === 0) index.delete(deviceId);
  }

  for (const module of table.list()) add(clientIdOf(module));
  table.onChange((clientId, change) => {
    if (change === "created") {
      add(clientId);
      store.onUndone(() => remove(clientId));
    }
    if (change === "deleted") {
      remove(clientId);
      store.onUndone(() => add(clientId));
    }
  });
  return (deviceId) => [...(index.get(deviceId) ?? [])];
}

function checkDescription({ deviceId, moduleId, managedBy }: ModuleDescription): void {
  checkId("device", deviceId);
  checkId("module", moduleId);
  if (typeof (managedBy ?? "") === "string") return;
  throw new HubError("ArgumentInvalid", "managedBy is text");
}

function checkNoSystemModule(moduleId: string): void {
  if (!SYSTEM_MODULES.includes(moduleId)) return;
  throw new HubError("SystemModuleModifyUnauthorizedAccess", `${moduleId} comes and goes with its device`);
}
