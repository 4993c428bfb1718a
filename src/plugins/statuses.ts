import type { Metrics } from "../observe/metrics.ts";
import type { PluginKind } from "./plugin.ts";

/** How a plugin is, for `/readyz` and `hubhand.describe`. */
export interface PluginStatus {
  readonly name: string;
  /** `unknown` for a declaration that cannot be read. */
  readonly kind: PluginKind | "unknown";
  readonly up: boolean;
  readonly version?: string;
  /** Why it is not up; of one that is up, why its newer version does not serve. */
  readonly problem?: string;
}

export interface Statuses {
  set(status: PluginStatus): void;
  remove(name: string): void;
  get(name: string): PluginStatus | undefined;
  list(): readonly PluginStatus[];
  /** The name itself, or `name#2`, `name#3`, … if others have it. */
  freeName(name: string): string;
}

/** A problem may quote what a plugin says, and that may be of any length: all others must fit beside it. */
const LONGEST_PROBLEM = 2_000;

function shortened(status: PluginStatus): PluginStatus {
  const { problem = "" } = status;
  return problem.length > LONGEST_PROBLEM
    ? { ...status, problem: `${problem.slice(0, LONGEST_PROBLEM)}…` }
    : status;
}

/** What is told of each plugin, and the metric that tells it too. */
export function createStatuses({ pluginUp }: Pick<Metrics, "pluginUp">): Statuses {
  const statuses = new Map<string, PluginStatus>();

  function remove(name: string): void {
    const status = statuses.get(name);
    if (status === undefined) return;
    statuses.delete(name);
    pluginUp.remove({ plugin: name, kind: status.kind });
  }

  return {
    set(given) {
      const status = shortened(given);
      const { name, kind, up } = status;
      // The series of another kind would stay for ever.
      if (statuses.get(name)?.kind !== kind) remove(name);
      statuses.set(name, status);
      pluginUp.set({ plugin: name, kind }, up ? 1 : 0);
    },
    remove,
    get: (name) => statuses.get(name),
    list: () => [...statuses.values()],
    freeName(name) {
      if (!statuses.has(name)) return name;
      let other = 2;
      while (statuses.has(`${name}#${other}`)) other += 1;
      return `${name}#${other}`;
    },
  };
}
