import { stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../clock.ts";
import { HubhandError } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Telemetry } from "../messages/telemetry.ts";
import { createModuleChecker } from "../plugins/check-module.ts";
import type { PluginDefinition } from "../plugins/define-plugin.ts";
import { type Candidate, discoverPlugins } from "../plugins/discovery.ts";
import { createProcessGroups } from "../plugins/hosts/groups.ts";
import { hostInProcess } from "../plugins/hosts/in-process.ts";
import { createThreads } from "../plugins/hosts/worker/threads.ts";
import { createPluginLoader } from "../plugins/load-plugin.ts";
import type { Plugin } from "../plugins/plugin.ts";
import { provideOwnApi } from "../plugins/resolve-hook.ts";
import { createSettingsBook, type SettingsBook } from "../plugins/settings-book.ts";
import { MEBIBYTE } from "../sizes.ts";

/** What the configuration has by default. */
const DEFAULTS = { timeout: 30_000, concurrency: 16, queue: 64 };

export interface LoadTestedOptions {
  readonly name: string | undefined;
  readonly settings: Record<string, unknown>;
  /** Asked instead of the declared one. */
  readonly url: string | undefined;
  telemetryFor(plugin: string): Telemetry;
  readonly logger: Logger;
}

/** A plugin that can be loaded, also again. */
export interface Tested {
  load(): Promise<Plugin>;
  /** Where its settings are. */
  readonly book: SettingsBook;
}

/** A definition as it is, in this process; a file or folder as the agent would load it. */
export async function findTested(
  tested: PluginDefinition<never> | string | URL,
  options: LoadTestedOptions,
): Promise<Tested> {
  const { name, settings, url, telemetryFor, logger } = options;
  if (typeof tested !== "string" && !(tested instanceof URL)) {
    const called = name ?? tested.name ?? "plugin";
    const book = createSettingsBook({ configured: { [called]: settings } });
    const check = createModuleChecker(book.settingsFor);
    return {
      book,
      async load() {
        const checked = check(tested, called);
        const telemetry = telemetryFor(checked.name);
        return hostInProcess({ ...checked, kind: "module", defaults: DEFAULTS, telemetry, logger });
      },
    };
  }
  const candidate = await candidateAt(tested instanceof URL ? fileURLToPath(tested) : path.resolve(tested));
  provideOwnApi();
  const book = createSettingsBook({
    configured: { [candidate.name]: settings, ...(name === undefined ? {} : { [name]: settings }) },
  });
  const load = createPluginLoader({
    settings: book,
    rules: { directory: path.dirname(candidate.file), trust: true, uid: undefined },
    defaults: DEFAULTS,
    isolate: true,
    memoryLimit: 256 * MEBIBYTE,
    env: process.env,
    threads: createThreads(),
    groups: createProcessGroups(),
    telemetryFor,
    logger,
    clock: systemClock,
    random: Math.random,
    ...(url === undefined ? {} : { url }),
  });
  return { book, load: () => load(candidate) };
}

async function candidateAt(where: string): Promise<Candidate> {
  if ((await stat(where).catch(() => undefined)) === undefined)
    throw new HubhandError("PLUGIN_INVALID", `there is no file or folder ${where}`);
  for (const folder of [path.dirname(where), path.dirname(path.dirname(where))]) {
    const { candidates } = await discoverPlugins(folder);
    const found = candidates.find(({ file, folder: own }) => file === where || own === where);
    if (found !== undefined) return found;
  }
  throw new HubhandError("PLUGIN_INVALID", `${where} is nothing that hubhand would take for a plugin`);
}
