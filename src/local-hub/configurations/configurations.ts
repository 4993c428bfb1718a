import { randomBytes } from "node:crypto";
import { HubError } from "../hub-error.ts";
import { parseCondition, parseQuery, type QueryDocument, type QuerySources } from "../queries/query.ts";
import type { Store } from "../store/store.ts";
import type { ObservableTwins, TwinDocument } from "../twins/twins.ts";
import type { Configuration, ConfigurationDescription } from "./configuration.ts";
import { type Content, desiredPatch } from "./desired-patch.ts";

/** The hub's automatic configurations of devices. */
export interface Configurations {
  /**
   * Makes one, or changes that of this `ifMatch` (an etag, or "*" for any).
   * @throws HubError PreconditionFailed, ConfigurationNotFound; ArgumentInvalid if its content would change
   */
  put(description: ConfigurationDescription, options?: { ifMatch?: string }): Record<string, unknown>;
  /** As the service face shows it, counted now. @throws HubError ConfigurationNotFound */
  get(id: string): Record<string, unknown>;
  list(): Array<Record<string, unknown>>;
  /** What it has set is taken away again. @throws HubError ConfigurationNotFound, PreconditionFailed */
  remove(id: string, options?: { ifMatch?: string }): void;
  /** What the twin of a device says of them: `Applied` is the one that counts, `Targeted` each other that fits. */
  of(deviceId: string): TwinDocument["configurations"];
  /** Takes up those that the hub before this one left. */
  resume(): void;
}

/** What a device has of a configuration. */
interface Applied {
  readonly id: string;
  readonly content: Content;
}

/**
 * Of those whose condition fits a device the one with the highest priority counts, of equal ones the latest (Microsoft's page,
 * as above). The service looks every five minutes; here it is at once, with each change of a twin.
 */
export function createConfigurations(options: {
  store: Store;
  twins: Pick<ObservableTwins, "get" | "patch" | "onChange">;
  sources: QuerySources;
  now: () => number;
}): Configurations {
  const { store, twins, sources, now } = options;
  const table = store.table<Configuration>("configurations");
  const appliedTable = store.table<Applied>("applied configurations");
  const all = new Map(table.kept());
  const applied = new Map(appliedTable.kept());
  const fits = new Map([...all.values()].map((one) => [one.id, conditionOf(one)] as const));

  /** Of each device, those that fit, the one that counts first. */
  const fitting = new Map<string, readonly string[]>();

  twins.onChange((clientId) => {
    if (all.size > 0) look(clientId);
  });

  function existing(id: string, ifMatch = "*"): Configuration {
    const found = all.get(id);
    if (found === undefined) throw new HubError("ConfigurationNotFound", id);
    if (ifMatch === "*" || ifMatch === found.etag) return found;
    throw new HubError("PreconditionFailed", `the etag of the configuration ${id} is another one`);
  }

  function documentOf(deviceId: string): TwinDocument | undefined {
    try {
      return twins.get(deviceId);
    } catch {
      return undefined; // It is gone, or not whole yet.
    }
  }

  function look(deviceId: string): void {
    const document = documentOf(deviceId);
    if (document?.moduleId !== undefined) return;
    const found = document === undefined ? [] : fittingIn(document);
    if (found.length === 0) fitting.delete(deviceId);
    else
      fitting.set(
        deviceId,
        found.map(({ id }) => id),
      );
    const [wanted] = found;
    const before = applied.get(deviceId);
    if (before?.id === wanted?.id) return;
    // First, as the change of the twin leads here again.
    set(deviceId, wanted && { id: wanted.id, content: wanted.deviceContent });
    const desired = desiredPatch(before?.content ?? {}, wanted?.deviceContent ?? {});
    if (document === undefined || Object.keys(desired).length === 0) return;
    try {
      twins.patch(deviceId, { properties: { desired } });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      set(deviceId, before); // There is no room for it in this twin.
    }
  }

  function fittingIn(document: QueryDocument): Configuration[] {
    return [...all.values()]
      .filter(({ id }) => fits.get(id)?.(document))
      .sort((a, b) => b.priority - a.priority || b.createdTimeUtc.localeCompare(a.createdTimeUtc));
  }

  function set(deviceId: string, to: Applied | undefined): void {
    const old = applied.get(deviceId);
    keep(to);
    store.onUndone(() => (old ? applied.set(deviceId, old) : applied.delete(deviceId)));

    function keep(one: Applied | undefined): void {
      if (one === undefined) {
        applied.delete(deviceId);
        appliedTable.remove(deviceId);
      } else {
        appliedTable.put(deviceId, one);
        applied.set(deviceId, one);
      }
    }
  }

  function lookAtAll(): void {
    if (all.size === 0 && applied.size === 0) return;
    store.together(() => {
      for (const { deviceId } of [...sources.devices()]) look(String(deviceId));
    });
  }

  function show(one: Configuration): Record<string, unknown> {
    const { deviceContent, queries, ...rest } = one;
    const count = (text: string): number => parseQuery(text).run(sources).length;
    const condition = one.targetCondition.trim();
    const where = condition === "*" ? "" : ` WHERE ${condition}`;
    const targeted = condition === "" ? 0 : count(`SELECT deviceId FROM devices${where}`);
    const appliedQuery = `SELECT deviceId FROM devices WHERE configurations.[[${one.id}]].status = 'Applied'`;
    return {
      ...rest,
      content: { deviceContent },
      systemMetrics: {
        results: {
          targetedCount: targeted,
          appliedCount: [...applied.values()].filter(({ id }) => id === one.id).length,
        },
        queries: { targetedCount: `SELECT deviceId FROM devices${where}`, appliedCount: appliedQuery },
      },
      metrics: {
        results: Object.fromEntries(Object.entries(queries).map(([name, text]) => [name, count(text)])),
        queries,
      },
    };
  }

  return {
    put(description, { ifMatch } = {}) {
      const { id } = description;
      const old = ifMatch === undefined ? undefined : existing(id, ifMatch);
      if (ifMatch === undefined && all.has(id))
        throw new HubError("PreconditionFailed", `there is a configuration ${id} already`);
      if (old && JSON.stringify(old.deviceContent) !== JSON.stringify(description.deviceContent))
        throw new HubError(
          "ArgumentInvalid",
          "the content of a configuration cannot change: make another one",
        );
      const time = new Date(now()).toISOString();
      const one: Configuration = {
        ...description,
        createdTimeUtc: old?.createdTimeUtc ?? time,
        lastUpdatedTimeUtc: time,
        etag: randomBytes(8).toString("base64"),
      };
      table.put(id, one);
      all.set(id, one);
      fits.set(id, conditionOf(one));
      lookAtAll();
      return show(one);
    },
    get: (id) => show(existing(id)),
    list: () => [...all.values()].map(show),
    remove(id, { ifMatch = "*" } = {}) {
      existing(id, ifMatch);
      table.remove(id);
      all.delete(id);
      fits.delete(id);
      lookAtAll();
    },
    resume: lookAtAll,
    of(deviceId) {
      const ids = fitting.get(deviceId);
      const chosen = applied.get(deviceId)?.id;
      return (
        ids &&
        Object.fromEntries(ids.map((id) => [id, { status: id === chosen ? "Applied" : "Targeted" } as const]))
      );
    },
  };
}

function conditionOf({ targetCondition }: Configuration): (document: QueryDocument) => boolean {
  return targetCondition.trim() === "" ? () => false : parseCondition(targetCondition);
}
