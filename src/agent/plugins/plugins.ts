import type { Environment, LoadedConfig } from "../../config/index.ts";
import type { Desired } from "../../desired/index.ts";
import type { Logger } from "../../events/logger.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { type BuiltInSources, builtInPlugin } from "../../plugins/built-in/index.ts";
import { discoverPlugins } from "../../plugins/discovery.ts";
import { createProcessGroups, type ProcessGroups } from "../../plugins/hosts/groups.ts";
import { hostInProcess } from "../../plugins/hosts/in-process.ts";
import { createThreads, type Threads } from "../../plugins/hosts/worker/threads.ts";
import { createPluginSet, type PluginSet, type PluginSetOptions } from "../../plugins/plugin-set.ts";
import { createSettingsBook } from "../../plugins/settings-book.ts";
import { configuredLoader } from "./loader.ts";

export interface ConfiguredPluginsOptions
  extends Required<Pick<PluginSetOptions, "registry" | "schedule" | "messages" | "onChange">> {
  readonly config: LoadedConfig["values"];
  readonly env: Environment;
  readonly threads: Threads | undefined;
  readonly groups: ProcessGroups | undefined;
  readonly isStarting: () => boolean;
  telemetryFor(plugin: string): Telemetry;
  /** What the twin has to say about plugins. */
  desired(): Pick<Desired, "settingsOf" | "enabled" | "found">;
  /** What hubhand's own methods tell. */
  sources(plugins: PluginSet): BuiltInSources;
  /** Told what of a plugin's settings is secret. */
  hide(secret: string): void;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The plugins as the configuration says, and as the twin does over it; hubhand's own is the first. */
export function configuredPlugins(options: ConfiguredPluginsOptions): PluginSet {
  const { config, telemetryFor, desired, hide, logger } = options;
  const { timeout, concurrency, queue } = config.methods;
  const settings = createSettingsBook({
    configured: config.plugins.settings,
    desired: (plugin) => desired().settingsOf(plugin),
    hide,
    logger,
  });
  const set = createPluginSet({
    ...options,
    settings,
    discover: () => discoverPlugins(config.plugins.directory),
    load: configuredLoader({
      ...options,
      threads: options.threads ?? createThreads(),
      groups: options.groups ?? createProcessGroups(),
      settings,
    }),
    builtIn: () =>
      hostInProcess({
        definition: builtInPlugin({ sources: options.sources(set), enabled: config.methods.builtIn }),
        name: "hubhand",
        kind: "built-in",
        settings: {},
        defaults: { timeout, concurrency, queue },
        telemetry: telemetryFor("hubhand"),
        logger,
      }),
    disabled: config.plugins.disabled,
    enabled: () => desired().enabled(),
    onFound: (found) => desired().found(found),
    configured: Object.keys(config.plugins.settings),
  });
  return set;
}

/** Has what changes in the folder take effect. @returns ends that */
export async function reloadPlugins(
  plugins: PluginSet,
  { config, logger }: Pick<ConfiguredPluginsOptions, "config" | "logger">,
): Promise<() => Promise<void>> {
  const { watchFolder } = await import("../../plugins/watch-folder.ts");
  return watchFolder({
    directory: config.plugins.directory,
    onChange: (paths) => void plugins.reload(paths),
    logger,
  });
}
