import type { Clock } from "../clock.ts";
import { HubhandError, messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Candidate } from "./discovery.ts";
import { LOAD_LIMIT_MS, startInTime, stopInTime } from "./hook-limits.ts";
import { observePlugin } from "./observed.ts";
import type { Plugin } from "./plugin.ts";
import type { Serving } from "./serving.ts";
import type { Statuses } from "./statuses.ts";

export interface SlotOptions {
  /** What the plugin comes from, as it was seen last; undefined for the built-in one. */
  candidate(): Candidate | undefined;
  load(): Promise<Plugin>;
  readonly statuses: Statuses;
  readonly serving: Serving;
  readonly logger: Logger;
  readonly clock: Clock;
  isDisabled(name: string): boolean;
  /** Takes over a plugin that is served no more. */
  retire(plugin: Plugin): void;
}

/** A plugin that is loaded and does not serve yet. Each step says whether there is a next one. */
export interface Prepared {
  /** Gets its name, unless another has it. */
  claim(): Promise<boolean>;
  start(): Promise<boolean>;
  serve(): Promise<void>;
  /** Ends it where it is. */
  giveUp(): Promise<void>;
}

/** The place of what one file or folder brings: the plugin that serves, and the one that may follow it. */
export interface Slot {
  /** What it goes by in status; undefined before anything is known of it. */
  readonly name: string | undefined;
  /** True while its first plugin is being imported or started. */
  readonly isStarting: boolean;
  /** Its plugin serves, and none is about to follow it. */
  readonly isSettled: boolean;
  /** Its plugin wanted a name that another has; that may change when others do. */
  readonly lacksName: boolean;
  /** What the plugin calls itself, if that is a name that is disabled. */
  readonly leftOut: string | undefined;
  /** The one that calls reach. */
  readonly serving: Plugin | undefined;
  /** All that would have to be stopped. */
  readonly plugins: readonly Plugin[];
  /**
   * Loads what is there now. Never rejects: what is wrong is told; to `tell` alone, if the one before it goes on.
   */
  prepare(tell?: (problem: string) => void): Promise<Prepared | undefined>;
  /** Ends the plugin, and tells callers that it is down; what is prepared next follows it. */
  halt(): Promise<void>;
  /** Takes it away; its calls under way end undisturbed. */
  remove(): void;
  /** The same of one that was disabled; what is prepared next follows it. */
  leaveOut(): void;
}

type Tell = ((problem: string) => void) | undefined;

export function createSlot(options: SlotOptions): Slot {
  const { statuses, serving, logger, clock } = options;
  let name: string | undefined;
  let serves: Plugin | undefined;
  /** Whose methods the registry has: of the one that serves, or of one that was halted and is not followed yet. */
  let reachable: Plugin | undefined;
  let coming: Plugin | undefined;
  let isBusy = false;
  let lacksName = false;
  let leftOut: string | undefined;

  const kindOf = (plugin: Plugin | undefined) => {
    const form = options.candidate()?.form ?? "declaration";
    return plugin?.kind ?? (form === "declaration" ? "unknown" : form);
  };

  function rename(to: string): void {
    if (name !== undefined && name !== to) statuses.remove(name);
    name = to;
  }

  function broken(error: unknown, { plugin, tell }: { plugin?: Plugin; tell: Tell }): void {
    const candidate = options.candidate();
    const problem = messageOf(error);
    tell?.(problem);
    if (tell !== undefined && serves !== undefined) return;
    // Its stack is for the author; our own errors only wrap theirs.
    const err = error instanceof HubhandError ? error.cause : error;
    const fields = {
      ...(candidate === undefined ? {} : { file: candidate.file }),
      ...(err === undefined ? {} : { err }),
    };
    if (serves !== undefined) {
      const current = statuses.get(serves.name);
      if (current !== undefined)
        statuses.set({ ...current, problem: `its new version is broken: ${problem}` });
      logger.error(
        { event: "plugin.update-broken", plugin: serves.name, ...fields },
        `the new version of plugin "${serves.name}" is broken, and the one before it goes on: ${problem}`,
      );
      return;
    }
    if (name === undefined) name = statuses.freeName(plugin?.name ?? candidate?.name ?? "hubhand");
    statuses.set({ name, kind: kindOf(plugin), up: false, problem });
    if (reachable !== undefined) serving.suspend(reachable, problem);
    logger.error(
      { event: "plugin.broken", plugin: name, ...fields },
      `plugin "${name}" is broken: ${problem}`,
    );
  }

  async function giveUp(plugin: Plugin): Promise<void> {
    if (coming === plugin) coming = undefined;
    isBusy = false;
    await stopInTime(plugin, logger, clock);
  }

  async function prepare(tell?: Tell): Promise<Prepared | undefined> {
    isBusy = true;
    lacksName = false;
    leftOut = undefined;
    try {
      const loading = options.load();
      const plugin = await startInTime(loading, "its import", clock, LOAD_LIMIT_MS).catch(
        (error: unknown) => {
          // One that comes too late must not stay.
          loading.then(
            (late) => stopInTime(late, logger, clock),
            () => {},
          );
          throw error;
        },
      );
      coming = plugin;
      if (!options.isDisabled(plugin.name)) return stepsOf(plugin, tell);
      leftOut = plugin.name;
      await giveUp(plugin);
    } catch (error) {
      isBusy = false;
      broken(error, { tell });
    }
    return undefined;
  }

  function stepsOf(plugin: Plugin, tell: Tell): Prepared {
    const observed = observePlugin({
      plugin,
      statuses,
      tell: (status) => {
        if (serves === plugin) statuses.set(status);
      },
    });
    const fail = async (error: unknown): Promise<false> => {
      broken(error, { plugin, tell });
      await giveUp(plugin);
      return false;
    };

    return {
      giveUp: () => giveUp(plugin),
      async claim() {
        const taken = name !== plugin.name && statuses.get(plugin.name) !== undefined;
        if (taken) {
          lacksName = true;
          const message = `another plugin is named "${plugin.name}" already; rename one`;
          return fail(new HubhandError("PLUGIN_INVALID", message));
        }
        if (serves !== undefined) return true;
        rename(plugin.name);
        statuses.set({ name: plugin.name, kind: plugin.kind, up: false, problem: "it is starting" });
        return true;
      },
      async start() {
        try {
          await startInTime(plugin.start(observed.observer), "its start hook", clock);
          return true;
        } catch (error) {
          return fail(error);
        }
      },
      async serve() {
        const before = reachable;
        try {
          serving.serve(plugin, before);
        } catch (error) {
          lacksName = true;
          await fail(error);
          return;
        }
        if (serves !== undefined) options.retire(serves);
        coming = undefined;
        isBusy = false;
        serves = plugin;
        reachable = plugin;
        rename(plugin.name);
        statuses.set(observed.status());
        const { kind, version, methods, messages, tasks } = plugin;
        const offers = {
          methods: methods.map((method) => method.name),
          tasks: tasks.map((task) => task.name),
          ...(messages.length === 0 ? {} : { messages: messages.map((message) => message.name) }),
        };
        const what = before === undefined ? "serves" : "serves in its new version";
        logger.info(
          {
            event: "plugin.serves",
            plugin: plugin.name,
            kind,
            ...(version === undefined ? {} : { version }),
            ...offers,
          },
          `plugin "${plugin.name}" ${what}`,
        );
      },
    };
  }

  function withdraw(how: string): void {
    if (reachable !== undefined) serving.withdraw(reachable);
    if (serves !== undefined) options.retire(serves);
    if (name === undefined) return;
    statuses.remove(name);
    logger.info({ event: "plugin.gone", plugin: name }, `plugin "${name}" ${how}`);
  }

  return {
    get name() {
      return name;
    },
    get isStarting() {
      return isBusy && reachable === undefined;
    },
    get isSettled() {
      return serves !== undefined && !isBusy;
    },
    get lacksName() {
      return lacksName;
    },
    get leftOut() {
      return leftOut;
    },
    get serving() {
      return serves;
    },
    get plugins() {
      return [serves, coming].filter((plugin) => plugin !== undefined);
    },
    prepare,
    async halt() {
      const old = serves;
      if (old === undefined) return;
      serves = undefined;
      const problem = "it is being restarted";
      serving.suspend(old, problem);
      statuses.set({ name: old.name, kind: old.kind, up: false, problem });
      statuses.restarted(old.name);
      await stopInTime(old, logger, clock);
    },
    remove: () => withdraw("is gone"),
    leaveOut() {
      const was = name;
      withdraw("is disabled");
      [name, serves, reachable] = [undefined, undefined, undefined];
      lacksName = false;
      leftOut = was;
    },
  };
}
