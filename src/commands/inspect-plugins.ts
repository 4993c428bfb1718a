import { pino } from "pino";
import { configuredLoader } from "../agent/plugins/loader.ts";
import { lackingMethods } from "../agent/schedule/method-tasks.ts";
import type { InspectPlugins, PluginReport } from "../check/plugins.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config/schema.ts";
import { messageOf } from "../errors.ts";
import { createMethodRegistry, type MethodRegistry } from "../methods/registry.ts";
import { builtInOutline } from "../plugins/built-in/outline.ts";
import { type Candidate, discoverPlugins } from "../plugins/discovery.ts";
import { stopInTime } from "../plugins/hook-limits.ts";
import { createProcessGroups, type ProcessGroups } from "../plugins/hosts/groups.ts";
import { createThreads, type Threads } from "../plugins/hosts/worker/threads.ts";
import { noTelemetry } from "../plugins/no-telemetry.ts";
import type { Plugin } from "../plugins/plugin.ts";
import { provideOwnApi } from "../plugins/resolve-hook.ts";
import type { SettingsBook } from "../plugins/settings-book.ts";
import { VERSION } from "../version.ts";
import { guardProcess, type ProcessGuard } from "./process/uncaught.ts";

const silent = pino({ level: "silent" });

/** Where plugins run while they are looked at. */
export interface Places {
  readonly threads: Threads;
  readonly groups: ProcessGroups;
}

/**
 * Places for plugins that are looked at, and what ends this process for good, with all that they opened. Whatever an import
 * leaves behind that throws later is a plugin's, and no reason to end before the rest is told.
 */
export function placesToLook(): { readonly places: Places; readonly guard: ProcessGuard } {
  const threads = createThreads();
  const groups = createProcessGroups();
  const guard = guardProcess({
    logger: silent,
    pluginsDirectory: "/",
    hasThreads: () => threads.size > 0,
    beforeExit: groups.killAll,
  });
  return { places: { threads, groups }, guard };
}

export interface LookOptions extends Places {
  readonly config: Config;
  /** What they get: those that the configuration says unless given. */
  readonly settings?: Pick<SettingsBook, "settingsFor">;
}

/** A plugin that was loaded and stopped, or why it could not be. */
export type Looked =
  | { readonly name: string; readonly plugin: Plugin; readonly doubt?: string; readonly problem?: undefined }
  | { readonly name: string; readonly plugin?: undefined; readonly problem: string };

/** Imports every plugin where it would run, as far as that goes, and starts none. Rejects if the folder cannot be read. */
export async function lookAtPlugins({ config, ...options }: LookOptions): Promise<readonly Looked[]> {
  const { plugins } = config;
  provideOwnApi();
  const load = configuredLoader({
    ...options,
    config,
    env: process.env,
    telemetryFor: () => noTelemetry,
    logger: silent,
  });
  const look = async (candidate: Candidate): Promise<Looked> => {
    const { name } = candidate;
    try {
      const plugin = await load(candidate);
      const doubt = await plugin.unreachable?.();
      await stopInTime(plugin, silent, systemClock);
      return { name, plugin, ...(doubt === undefined ? {} : { doubt }) };
    } catch (error) {
      return { name, problem: messageOf(error) };
    }
  };
  const { candidates } = await discoverPlugins(plugins.directory);
  return Promise.all(candidates.filter(({ name }) => !plugins.disabled.includes(name)).map(look));
}

/** How the plugins are, without starting one. */
export function pluginInspector(places: Places): InspectPlugins {
  return async (config) => {
    try {
      const plugins = await lookAtPlugins({ ...places, config });
      const registry = createMethodRegistry();
      const reports = plugins.map((looked) => reportOf(looked, registry));
      const strays = strayTasks(Object.keys(config.schedule.tasks), plugins);
      return {
        plugins: [...reports, ...strays, ...(await passedOver(config.plugins.directory))],
        // Of a plugin that is broken or does not answer it is not known which methods it would have.
        ...(reports.every(isWell) ? { lackingMethods: lackingHere(config, registry) } : {}),
      };
    } catch (error) {
      return { plugins: [], folderProblem: messageOf(error) };
    }
  };
}

/** @param registry has the methods of those before it: what it would refuse when the plugin comes to serve, it refuses here */
function reportOf(looked: Looked, registry: MethodRegistry): PluginReport {
  const { name, plugin, problem } = looked;
  if (plugin === undefined) return { name, problem };
  try {
    registry.add(plugin.methods);
    return { name, doubt: looked.doubt };
  } catch (error) {
    return { name, problem: messageOf(error) };
  }
}

const isWell = ({ problem, doubt }: PluginReport): boolean => problem === undefined && doubt === undefined;

/** Tasks of the device's own whose method neither the plugins have nor the agent itself. */
function lackingHere({ schedule, methods }: Config, registry: MethodRegistry): readonly string[] {
  const own = Object.keys(builtInOutline({ version: VERSION, enabled: methods.builtIn }).methods);
  const all = [...registry.list(), ...own.map((name) => ({ name }))];
  const get = (name: string) => registry.get(name) ?? (own.includes(name) ? { name } : undefined);
  return lackingMethods(schedule.tasks, { get, list: () => all });
}

/** Settings of tasks that no plugin has; of a plugin that is broken it cannot be told. */
function strayTasks(configured: readonly string[], plugins: readonly Looked[]): PluginReport[] {
  return configured.flatMap((key) => {
    const [, name = "", task = ""] = /^([^/]+)\/(.+)$/.exec(key) ?? [];
    const looked = plugins.find((each) => each.name === name);
    if (name === "" || name === "hubhand" || looked?.problem !== undefined) return [];
    if (looked === undefined)
      return [{ name, doubt: `schedule.tasks has ${key}, and there is no such plugin` }];
    return looked.plugin.tasks.some((each) => each.name === task)
      ? []
      : [{ name, doubt: `schedule.tasks has ${key}, and it has no such task` }];
  });
}

/** What was probably meant to be a plugin; whatever else lies in the folder is no fault. */
async function passedOver(directory: string): Promise<PluginReport[]> {
  const { ignored } = await discoverPlugins(directory);
  return ignored.flatMap((told) => {
    const [, name, hint] = /^(.*) \((.*)\)$/.exec(told) ?? [];
    return name === undefined ? [] : [{ name, doubt: `it is passed over: ${hint}` }];
  });
}
