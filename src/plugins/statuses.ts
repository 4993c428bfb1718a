import { cut } from "../cut.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
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
  /** The plugin's code was started afresh. */
  restarted(name: string): void;
  /** The name itself, or `name#2`, `name#3`, … if others have it. */
  freeName(name: string): string;
}

/** A problem may quote what a plugin says, and that may be of any length: all others must fit beside it. */
const LONGEST_PROBLEM = 2_000;

function shortened(status: PluginStatus): PluginStatus {
  const { problem } = status;
  return problem === undefined ? status : { ...status, problem: cut(problem, LONGEST_PROBLEM) };
}

/** A version may be of any length. */
const LONGEST_VERSION = 64;

/** What is told of each plugin, and the metrics that tell it too: their series are those of the plugins there are. */
export function createStatuses({
  pluginUp,
  pluginInfo,
  pluginRestarts,
}: Pick<Metrics, "pluginUp" | "pluginInfo" | "pluginRestarts">): Statuses {
  const statuses = new Map<string, PluginStatus>();

  function remove(name: string): void {
    const status = statuses.get(name);
    if (status === undefined) return;
    statuses.delete(name);
    pluginRestarts.remove({ plugin: name });
    takeBack(status);
  }

  function takeBack({ name, kind, version }: PluginStatus): void {
    pluginUp.remove({ plugin: name, kind });
    if (version !== undefined) pluginInfo.remove(infoOf({ name, kind, version }));
  }

  const infoOf = ({ name, kind, version = "" }: Pick<PluginStatus, "name" | "kind" | "version">) => ({
    plugin: name,
    kind,
    version: version.slice(0, LONGEST_VERSION),
  });

  return {
    set(given) {
      const status = shortened(given);
      const { name, kind, version, up } = status;
      const before = statuses.get(name);
      // The series of another kind or version would stay for ever.
      if (before !== undefined && (before.kind !== kind || before.version !== version)) takeBack(before);
      if (before === undefined) pluginRestarts.inc({ plugin: name }, 0);
      statuses.set(name, status);
      pluginUp.set({ plugin: name, kind }, up ? 1 : 0);
      if (version !== undefined) pluginInfo.set(infoOf(status), 1);
    },
    remove,
    restarted(name) {
      // One that was taken away may have been about to start again.
      if (statuses.has(name)) pluginRestarts.inc({ plugin: name });
    },
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
