import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import type { Clock } from "../clock.ts";
import { HubhandError } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Telemetry } from "../messages/telemetry.ts";
import { createLimiter } from "../methods/limiter.ts";
import { parseSize } from "../sizes.ts";
import { createModuleChecker } from "./check-module.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import type { Candidate } from "./discovery.ts";
import { startInTime } from "./hook-limits.ts";
import { assemblePlugin, type MethodDefaults } from "./hosts/assemble.ts";
import { scrubbedEnvironment } from "./hosts/environment.ts";
import type { ProcessGroups } from "./hosts/groups.ts";
import { hostInProcess } from "./hosts/in-process.ts";
import { restoreDefinition } from "./hosts/worker/definition-data.ts";
import { importElsewhere } from "./hosts/worker/host.ts";
import { threadOpener } from "./hosts/worker/thread.ts";
import type { Threads } from "./hosts/worker/threads.ts";
import type { OpenVessel } from "./hosts/worker/vessel.ts";
import { importProblem } from "./import-problem.ts";
import { outlineOf } from "./outline-of.ts";
import type { Plugin } from "./plugin.ts";
import type { SettingsBook } from "./settings-book.ts";

/** Where the code of a module runs: in the agent's thread, in one of its own, in a process of its own. */
type Place = "here" | "thread" | "process";

export interface LoadModuleOptions {
  /** What each plugin gets. */
  readonly settings: Pick<SettingsBook, "settingsFor">;
  readonly defaults: MethodDefaults;
  /** Where modules run that do not say: in a thread or process of their own, or here (`false`). */
  readonly isolate: boolean | "thread" | "process";
  /** Bytes that the code of one may take there, unless it says otherwise. */
  readonly memoryLimit: number;
  /** The agent's environment: almost nothing of it reaches a plugin. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly threads: Threads;
  readonly groups: ProcessGroups;
  /** What the plugin of that name tells the hub by. */
  telemetryFor(plugin: string): Telemetry;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
}

/**
 * Makes a function that turns a file into a plugin.
 * It rejects with HubhandError PLUGIN_INVALID: the file threw, is no plugin, or its settings do not fit.
 */
export function createModuleLoader(options: LoadModuleOptions): (candidate: Candidate) => Promise<Plugin> {
  const { defaults, memoryLimit, threads, logger, clock, random } = options;
  const check = createModuleChecker(options.settings.settingsFor);
  const env = scrubbedEnvironment(options.env);
  const openThread = threadOpener({ env, threads, clock });
  let openProcess: Promise<OpenVessel> | undefined;
  // One more than there are processors: an import that hangs must not hold up all others.
  const turns = createLimiter({ concurrency: availableParallelism() + 1, queue: Number.POSITIVE_INFINITY });
  /** How often each file was imported here: Node keeps what it has imported once, under its whole URL. */
  const versions = new Map<string, number>();

  /** Where it wants to be: that is known only when it was imported somewhere. */
  function placeOf({ isolate = options.isolate }: Pick<PluginDefinition, "isolate">): Place {
    if (isolate === "thread") return "thread";
    return isolate === false ? "here" : "process";
  }

  /** In its own place in the end; imported once more there if it was imported elsewhere to find out. */
  async function loadIn(place: Place, candidate: Candidate): Promise<Plugin> {
    return place === "here" ? loadHere(candidate) : loadElsewhere(place, candidate);
  }

  async function loadHere(candidate: Candidate): Promise<Plugin> {
    const version = (versions.get(candidate.file) ?? 0) + 1;
    versions.set(candidate.file, version);
    const checked = check(
      await startInTime(importDefault(candidate.file, version), "its import", clock),
      candidate.name,
    );
    const place = placeOf(checked.definition);
    if (place !== "here") return loadIn(place, candidate);
    const telemetry = options.telemetryFor(checked.name);
    return hostInProcess({ ...checked, kind: "module", defaults, telemetry, logger });
  }

  async function loadElsewhere(place: Exclude<Place, "here">, candidate: Candidate): Promise<Plugin> {
    const module = await inTurn(async () =>
      importElsewhere({
        file: candidate.file,
        name: candidate.name,
        memoryLimit,
        openVessel: place === "thread" ? openThread : await processOpener(),
        logger,
        clock,
        random,
      }),
    );
    try {
      const { definition, name, settings } = check(restoreDefinition(module.definition), candidate.name);
      const wanted = placeOf(definition);
      if (wanted !== place) {
        await module.discard();
        return await loadIn(wanted, candidate);
      }
      const limit = parseSize(definition.memoryLimit ?? "");
      const telemetry = options.telemetryFor(name);
      const host = module.host({
        name,
        settings,
        memoryLimit: limit,
        telemetry,
        takesSettings: definition.settingsChanged !== undefined,
      });
      return assemblePlugin({ outline: outlineOf(definition), name, kind: "module", defaults, host });
    } catch (error) {
      await module.discard();
      throw error;
    }
  }

  /** An import takes a processor for a while: all at once, each would take longer than it may. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => turns.enter({ turn: resolve }));
    try {
      return await work();
    } finally {
      turns.leave();
    }
  }

  /** Loaded when the first needs it. */
  function processOpener(): Promise<OpenVessel> {
    openProcess ??= import("./hosts/worker/process.ts").then(({ openProcesses }) =>
      openProcesses({ env, groups: options.groups, clock }),
    );
    return openProcess;
  }

  return (candidate) => loadIn(placeOf({}), candidate);
}

async function importDefault(file: string, version: number): Promise<unknown> {
  const { href } = pathToFileURL(file);
  try {
    const namespace = (await import(version === 1 ? href : `${href}?version=${version}`)) as {
      default?: unknown;
    };
    return namespace.default;
  } catch (error) {
    throw new HubhandError("PLUGIN_INVALID", await importProblem(file, error), { cause: error });
  }
}
