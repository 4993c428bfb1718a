import type { Logger } from "pino";
import { type Clock, systemClock } from "../clock.ts";
import { HubhandError, messageOf } from "../errors.ts";
import type { MethodRegistry } from "../methods/registry.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Candidate, Discovery } from "./discovery.ts";
import { startInTime, stopInTime } from "./hook-limits.ts";
import type { Plugin, PluginKind, PluginObserver } from "./plugin.ts";

/** How a plugin is, for `/readyz` and `hubhand.describe`. */
export interface PluginStatus {
  readonly name: string;
  readonly kind: PluginKind;
  readonly up: boolean;
  readonly version?: string;
  /** Why it is not up. */
  readonly problem?: string;
}

export interface PluginSetOptions {
  /** Looks into the folder; rejects if it cannot be read. */
  discover(): Promise<Discovery>;
  load(candidate: Candidate): Promise<Plugin>;
  /** The plugin that needs no folder: there whatever happens to the others. */
  builtIn(): Plugin;
  /** Names of plugins to leave out. */
  readonly disabled: readonly string[];
  /** Names that the configuration has settings for: one without a plugin is probably misspelt. */
  readonly configured: readonly string[];
  readonly registry: MethodRegistry;
  readonly schedule: Schedule;
  readonly metrics: Pick<Metrics, "pluginUp" | "pluginRestarts" | "methodCalls">;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface PluginSet {
  /** Loads and starts all there are; a broken one is told, and the others run. Never rejects. */
  loadAll(): Promise<void>;
  status(): readonly PluginStatus[];
  /** Why the folder itself could not be read. */
  readonly folderProblem: string | undefined;
  /** Calls every stop hook, within two seconds. */
  stopAll(): Promise<void>;
}

/** A plugin with the file it came from; the built-in one has none. */
interface Loaded {
  readonly plugin: Plugin;
  readonly file: string | undefined;
}

interface Origin extends Pick<Plugin, "name" | "kind"> {
  readonly file: string | undefined;
}

/** The plugins of this agent: which there are, which serve, and why the others do not. */
export function createPluginSet(options: PluginSetOptions): PluginSet {
  const { registry, schedule, metrics, logger, clock = systemClock } = options;
  const plugins = new Map<string, Plugin>();
  const statuses = new Map<string, PluginStatus>();
  let folderProblem: string | undefined;

  function setStatus(status: PluginStatus): void {
    statuses.set(status.name, status);
    metrics.pluginUp.set({ plugin: status.name, kind: status.kind }, status.up ? 1 : 0);
  }

  function broken({ name, kind, file }: Origin, error: unknown): void {
    const problem = messageOf(error);
    setStatus({ name, kind, up: false, problem });
    // Its stack is for the author; our own errors only wrap theirs.
    const err = error instanceof HubhandError ? error.cause : error;
    const fields = { ...(file === undefined ? {} : { file }), ...(err === undefined ? {} : { err }) };
    logger.error({ plugin: name, ...fields }, `plugin "${name}" is broken: ${problem}`);
  }

  function observe({ name, kind, version }: Plugin): PluginObserver {
    const known = { name, kind, ...(version === undefined ? {} : { version }) };
    return {
      down: (problem) => setStatus({ ...known, up: false, problem }),
      up: () => setStatus({ ...known, up: true }),
      restarted: () => metrics.pluginRestarts.inc({ plugin: name }),
    };
  }

  async function load(candidate: Candidate): Promise<Loaded | undefined> {
    const { file } = candidate;
    try {
      return { plugin: await startInTime(options.load(candidate), "its import", clock), file };
    } catch (error) {
      broken({ name: candidate.name, kind: "module", file }, error);
      return undefined;
    }
  }

  /** Gives a plugin its name; two files may claim the same one. */
  function claim({ plugin, file }: Loaded): boolean {
    const { name, kind } = plugin;
    if (!statuses.has(name)) {
      plugins.set(name, plugin);
      setStatus({ name, kind, up: false, problem: "it is starting" });
      return true;
    }
    let other = 2;
    while (statuses.has(`${name}#${other}`)) other += 1;
    const error = new HubhandError("PLUGIN_INVALID", `another plugin is named "${name}" already; rename one`);
    broken({ name: `${name}#${other}`, kind, file }, error);
    return false;
  }

  async function start({ plugin, file }: Loaded): Promise<boolean> {
    try {
      await startInTime(plugin.start(observe(plugin)), "its start hook", clock);
      return true;
    } catch (error) {
      broken({ name: plugin.name, kind: plugin.kind, file }, error);
      return false;
    }
  }

  async function serve({ plugin, file }: Loaded): Promise<void> {
    const { name, kind, version } = plugin;
    try {
      registry.add(plugin.methods);
      schedule.add(plugin.tasks);
    } catch (error) {
      registry.remove(name);
      broken({ name, kind, file }, error);
      await stopInTime(plugin, logger, clock); // It has started: what it has opened, it must close.
      return;
    }
    // From nothing to one must show as a rate: the series is there before the first call.
    for (const { name: method } of plugin.methods) metrics.methodCalls.inc({ method, outcome: "ok" }, 0);
    setStatus({ name, kind, up: true, ...(version === undefined ? {} : { version }) });
    const methods = plugin.methods.map((method) => method.name);
    logger.info(
      { plugin: name, kind, methods, tasks: plugin.tasks.map((task) => task.name) },
      `plugin "${name}" serves`,
    );
  }

  async function addAll(loaded: readonly Loaded[]): Promise<void> {
    const claimed = loaded.filter(claim);
    // All at once, as one that hangs must not hold up the others.
    const started = await Promise.all(claimed.map(start));
    // One after the other, in the order of their names: who comes first gets a method name that two declare.
    for (const [index, entry] of claimed.entries()) if (started[index] === true) await serve(entry);
  }

  return {
    async loadAll() {
      await addAll([{ plugin: options.builtIn(), file: undefined }]);
      let found: Discovery;
      try {
        found = await options.discover();
      } catch (error) {
        folderProblem = messageOf(error);
        logger.error({ code: "PLUGIN_INVALID" }, folderProblem);
        return;
      }
      if (found.candidates.length === 0) logger.warn("there are no plugins in the plugins folder");
      if (found.ignored.length > 0)
        logger.warn({ ignored: found.ignored }, "files in the plugins folder that are no plugins");
      const wanted = found.candidates.filter(({ name }) => !options.disabled.includes(name));
      const loaded = await Promise.all(wanted.map(load));
      const ready = loaded.filter((entry) => entry !== undefined);
      await addAll(ready.filter(({ plugin }) => !options.disabled.includes(plugin.name)));
      const lost = options.configured.filter(
        (name) => !statuses.has(name) && !options.disabled.includes(name),
      );
      if (lost.length > 0)
        logger.warn({ plugins: lost }, "plugins.settings has settings for plugins that are not there");
    },
    status: () => [...statuses.values()],
    get folderProblem() {
      return folderProblem;
    },
    async stopAll() {
      const up = [...plugins.values()].filter(({ name }) => statuses.get(name)?.up === true);
      await Promise.all(up.map((plugin) => stopInTime(plugin, logger, clock)));
    },
  };
}
