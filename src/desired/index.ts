import type { Logger } from "pino";
import type { LogLevel } from "../observe/log-level.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";
import type { Writables } from "../twin/writable.ts";
import { type EnabledPlugins, enabledPluginsProperty, readEnabled } from "./enabled-plugins.ts";
import { logLevelProperty } from "./log-level.ts";
import { createTwinNames, type TwinNames } from "./names.ts";
import { pluginWritables } from "./plugin-settings.ts";
import { rootWritables } from "./root.ts";
import { type TaskPropertiesOptions, taskProperties } from "./tasks.ts";

type Values = Readonly<Record<string, unknown>>;

export interface DesiredOptions extends TaskPropertiesOptions {
  /** What was accepted when the agent ran last. */
  readonly lastGood: { readonly root: Values; readonly components: Readonly<Record<string, Values>> };
  readonly logLevel: LogLevel;
  plugins(): PluginSet;
  readonly logger: Logger;
}

/** What a device twin may change of this agent, and where it finds it. */
export interface Desired {
  /** The parts that take desired properties: the device itself, and each plugin that there is now. */
  writables(): readonly Writables[];
  /** For plugins that are loaded before the hub is in reach: what was accepted of their settings. */
  settingsOf(plugin: string): Values;
  /** The same of which plugins run. */
  readonly enabled: EnabledPlugins;
  readonly names: TwinNames;
}

export function createDesired(options: DesiredOptions): Desired {
  const { lastGood, logLevel, plugins, logger } = options;
  const names = createTwinNames(logger);
  const enabled = enabledBefore(lastGood.root.enabledPlugins);
  const root = rootWritables({
    logLevel: logLevelProperty(logLevel),
    enabledPlugins: enabledPluginsProperty(plugins, enabled),
    ...taskProperties(options),
  });

  return {
    enabled,
    names,
    writables: () => [root, ...pluginWritables({ plugins: plugins(), names })],
    settingsOf(plugin) {
      const component = names.componentOf(plugin);
      if (component === undefined || !Object.hasOwn(lastGood.components, component)) return {};
      return lastGood.components[component] ?? {};
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
