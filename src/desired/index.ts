import type { Logger } from "../events/logger.ts";
import type { MethodRegistry } from "../methods/registry.ts";
import type { LogLevel } from "../observe/log/log-level.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Writables } from "../twin/writable.ts";
import { type EnabledPlugins, enabledPluginsProperty, readEnabled } from "./enabled-plugins.ts";
import { logLevelProperty } from "./log-level.ts";
import { createTwinNames, type WritableName } from "./names.ts";
import { pluginWritables } from "./plugin-settings.ts";
import { type RootProperty, rootWritables } from "./root.ts";
import { type HeartbeatPropertyOptions, heartbeatProperty, tasksProperty } from "./tasks.ts";

type Values = Readonly<Record<string, unknown>>;

export interface DesiredOptions {
  /** What of the twin was accepted last, also before the agent was started. */
  lastGood(): { readonly root: Values; readonly components: Readonly<Record<string, Values>> };
  readonly logLevel: LogLevel;
  readonly schedule: Schedule;
  /** What tasks of the device's own may run. */
  readonly registry: Pick<MethodRegistry, "get" | "list">;
  readonly heartbeat: HeartbeatPropertyOptions;
  plugins(): PluginSet;
  readonly logger: Logger;
}

/** What a device twin may change of this agent, and where it finds it. */
export interface Desired {
  /** The parts that take desired properties: the device itself, and each plugin that there is now. */
  writables(): readonly Writables[];
  /** What was accepted of a plugin's settings, for one that is loaded: the hub may be out of reach. */
  settingsOf(plugin: string): Values;
  /** Of two of these with one name in the twin the first has it, whichever is loaded first. */
  found(plugins: readonly { readonly name: string }[]): void;
  /** The same of which plugins run. */
  enabled(): EnabledPlugins;
}

export function createDesired(options: DesiredOptions): Desired {
  const { lastGood, logLevel, schedule, registry, heartbeat, plugins, logger } = options;
  const names = createTwinNames(logger);
  const enabled = () => enabledBefore(lastGood().root.enabledPlugins);
  const root = rootWritables({
    logLevel: logLevelProperty(logLevel),
    enabledPlugins: enabledPluginsProperty(plugins, enabled),
    tasks: tasksProperty(schedule, registry),
    heartbeatInterval: heartbeatProperty(heartbeat),
  } satisfies Readonly<Record<WritableName, RootProperty>>);

  return {
    enabled,
    found(all) {
      for (const { name } of all) names.reserve(name);
    },
    writables: () => [...root, ...pluginWritables({ plugins: plugins(), names })],
    settingsOf(plugin) {
      const component = names.componentOf(plugin);
      const { components } = lastGood();
      if (component === undefined || !Object.hasOwn(components, component)) return {};
      return components[component] ?? {};
    },
  };
}

/** What is on disk was taken by an agent of perhaps another version. */
function enabledBefore(value: unknown): EnabledPlugins {
  try {
    return value === undefined ? {} : readEnabled(value);
  } catch {
    return {};
  }
}
