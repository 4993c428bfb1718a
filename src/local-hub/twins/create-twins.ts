import { clientIdOf, whoIs } from "../client-id.ts";
import { HubError } from "../hub-error.ts";
import type { ObservableModuleRegistry } from "../identities/module-registry.ts";
import type { ObservableRegistry } from "../identities/registry.ts";
import type { Store } from "../store/store.ts";
import { etagOf, forDevice, type TwinOwner, toDocument } from "./twin-document.ts";
import {
  type Changed,
  newRecord,
  patched,
  readRecord,
  replaced,
  reported,
  type TwinRecord,
} from "./twin-record.ts";
import type { DesiredChange, ObservableTwins, TwinActivity, TwinDocument } from "./twins.ts";

/**
 * The twins of all identities: each is made with its identity and goes with it, and those of identities that were kept
 * before there were twins are made now.
 */
export function createTwins(options: {
  store: Store;
  registry: ObservableRegistry;
  modules: ObservableModuleRegistry;
  activityOf: (clientId: string) => TwinActivity;
  configurationsOf: (clientId: string) => TwinDocument["configurations"];
  now: () => number;
}): ObservableTwins {
  const { store, registry, modules, activityOf, configurationsOf, now } = options;
  const table = store.table<TwinRecord>("twins");
  const records = new Map(table.kept().map(([clientId, record]) => [clientId, readRecord(record)]));
  const listeners: Array<(change: DesiredChange) => void> = [];
  const changeListeners: Array<(clientId: string) => void> = [];

  store.together(() => {
    const identities = [
      ...registry.list().map(({ deviceId }) => deviceId),
      ...modules.list().map(clientIdOf),
    ];
    for (const clientId of identities) if (!records.has(clientId)) put(clientId, newRecord(now()));
  });
  for (const identities of [registry, modules]) {
    identities.onChange((clientId, change) => {
      if (change === "created") put(clientId, newRecord(now()));
      if (change === "deleted") remove(clientId);
      if (change !== "updated") changed(clientId);
    });
  }

  function put(clientId: string, record: TwinRecord): void {
    const old = records.get(clientId);
    table.put(clientId, record);
    records.set(clientId, record);
    store.onUndone(() => (old ? records.set(clientId, old) : records.delete(clientId)));
  }

  function remove(clientId: string): void {
    const old = records.get(clientId);
    table.remove(clientId);
    records.delete(clientId);
    store.onUndone(() => old && records.set(clientId, old));
  }

  function changed(clientId: string): void {
    for (const listener of changeListeners) listener(clientId);
  }

  function recordOf(clientId: string): TwinRecord {
    const record = records.get(clientId);
    if (record === undefined) throw notFound(clientId);
    return record;
  }

  function matched(clientId: string, ifMatch: string): TwinRecord {
    const record = recordOf(clientId);
    if (ifMatch === "*" || ifMatch === etagOf(record)) return record;
    throw new HubError("PreconditionFailed", `the etag of the twin of ${clientId} is another one`);
  }

  function ownerOf(clientId: string): TwinOwner {
    const { deviceId, moduleId } = whoIs(clientId);
    const device = registry.get(deviceId);
    const module = moduleId === undefined ? undefined : modules.get(deviceId, moduleId);
    if (device === undefined || (moduleId !== undefined && module === undefined)) throw notFound(clientId);
    return { clientId, device, ...(module ? { module } : {}) };
  }

  function get(clientId: string): TwinDocument {
    return toDocument(recordOf(clientId), {
      owner: ownerOf(clientId),
      activity: activityOf(clientId),
      configurations: configurationsOf(clientId),
    });
  }

  function change(clientId: string, { record, desired }: Changed): TwinDocument {
    if (record !== records.get(clientId)) put(clientId, record);
    if (desired !== undefined) for (const listener of listeners) listener({ clientId, ...desired });
    changed(clientId);
    return get(clientId);
  }

  return {
    get,

    *documents(of) {
      const identities =
        of === "devices" ? registry.list().map(({ deviceId }) => deviceId) : modules.list().map(clientIdOf);
      for (const clientId of identities) if (records.has(clientId)) yield get(clientId);
    },

    patch: (clientId, patch, { ifMatch = "*" } = {}) =>
      change(clientId, patched(matched(clientId, ifMatch), patch, now())),
    replace: (clientId, twin, { ifMatch = "*" } = {}) =>
      change(clientId, replaced(matched(clientId, ifMatch), twin, now())),

    report(clientId, patch, { ifVersion } = {}) {
      const record = recordOf(clientId);
      if (ifVersion !== undefined && ifVersion !== record.reported.version) {
        throw new HubError("PreconditionFailed", `the version of the reported properties is another one`);
      }
      const next = reported(record, patch, now());
      put(clientId, next);
      changed(clientId);
      return next.reported.version;
    },

    forDevice: (clientId) => forDevice(recordOf(clientId)),

    announceModel(clientId, modelId) {
      const record = records.get(clientId);
      if (record !== undefined && record.modelId !== modelId) put(clientId, { ...record, modelId });
    },

    onChange(listener) {
      changeListeners.push(listener);
    },

    onDesiredChange(listener) {
      listeners.push(listener);
    },
  };
}

function notFound(clientId: string): HubError {
  const code = whoIs(clientId).moduleId === undefined ? "DeviceNotFound" : "ModuleNotFound";
  return new HubError(code, clientId);
}
