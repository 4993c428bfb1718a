import { systemClock } from "../../clock.ts";
import type { Environment, LoadedConfig } from "../../config/index.ts";
import type { Logger } from "../../events/logger.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { ProcessGroups } from "../../plugins/hosts/groups.ts";
import type { Threads } from "../../plugins/hosts/worker/threads.ts";
import { createPluginLoader } from "../../plugins/load-plugin.ts";
import { createSettingsBook, type SettingsBook } from "../../plugins/settings-book.ts";

export interface ConfiguredLoaderOptions {
  readonly config: Pick<LoadedConfig["values"], "plugins" | "methods" | "messages">;
  readonly env: Environment;
  readonly threads: Threads;
  readonly groups: ProcessGroups;
  readonly isStarting?: () => boolean;
  telemetryFor(plugin: string): Telemetry;
  readonly logger: Logger;
  /** Default: those that the configuration says. */
  readonly settings?: Pick<SettingsBook, "settingsFor">;
}

/** What loads plugins as the configuration says: for the agent that runs them, and for whoever only looks at them. */
export function configuredLoader({ config, ...options }: ConfiguredLoaderOptions) {
  const { plugins, methods, messages } = config;
  const { timeout, concurrency, queue } = methods;
  return createPluginLoader({
    ...plugins,
    ...options,
    settings: options.settings ?? createSettingsBook({ configured: plugins.settings }),
    rules: { directory: plugins.directory, trust: plugins.trustFolder, uid: process.getuid?.() },
    defaults: { timeout, concurrency, queue, messages: messages.inbox },
    clock: systemClock,
    random: Math.random,
  });
}
