import type { Clock } from "../../clock.ts";
import { MINUTE, SECOND } from "../../durations.ts";
import { HubhandError, messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { backoffDelay } from "../../full-jitter.ts";
import type { PluginObserver } from "../plugin.ts";

/** A worker or process that runs a plugin's code, from its start to its end; never reused. */
export interface Instance {
  /** Resolves when it is there no more, to why, for a person: "it exited with 1". Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it, by force if need be; resolves when it is gone, or nothing more can be done. */
  stop(): Promise<void>;
}

export interface KeeperOptions<I extends Instance> {
  readonly plugin: string;
  /** Starts one. Resolves when calls may come; rejects with what is wrong, having left nothing behind. */
  open(): Promise<I>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
}

export interface Keeper<I extends Instance> {
  /** Opens the first; rejects if that fails, and tries no further. */
  start(observer: PluginObserver): Promise<void>;
  /**
   * The instance that serves; a promise of it while one is being opened.
   * @throws HubhandError PLUGIN_DOWN while the next attempt waits; `details.retryInMs` says how long
   */
  current(): I | Promise<I>;
  /** Has it do work: at once if it serves, when it is there while one is being opened. Throws as `current`. */
  withCurrent(work: (instance: I) => unknown): unknown;
  /** Ends the instance, and opens no other. */
  stop(): Promise<void>;
}

/** The first restart is at once; each further one waits a random part of 1 s, 2 s, 4 s, … */
const QUICK = { base: SECOND, max: 30 * SECOND, growth: 2 };
/** After so many ends in a row it is down, and is tried seldom: whatever it costs the device, it costs it once a minute. */
const MOST_QUICK_RESTARTS = 5;
const SLOW_RETRY_MS = MINUTE;
/** One that lived so long has proved itself: its end counts as the first. */
const STABLE_AFTER_MS = MINUTE;

/** Keeps an instance of a plugin's code alive: starts another when one ends, with backoff, for ever. */
export function createKeeper<I extends Instance>(options: KeeperOptions<I>): Keeper<I> {
  const { plugin, open, clock, random } = options;
  const logger = options.logger.child({ plugin });
  let observer: PluginObserver | undefined;
  let serving: I | undefined;
  let opening: Promise<I> | undefined;
  let retryAt = 0;
  let problem = "it is not started";
  let failures = 0;
  let stopped = false;
  let cancelRetry = (): void => {};

  function openOne(): Promise<I> {
    const attempt = open().then(async (instance) => {
      if (stopped) {
        await instance.stop();
        throw down("it is stopped");
      }
      serving = instance;
      watch(instance);
      return instance;
    });
    opening = attempt;
    const done = (): void => {
      if (opening === attempt) opening = undefined;
    };
    attempt.then(done, done);
    return attempt;
  }

  function watch(instance: I): void {
    const since = clock.now();
    void instance.ended.then((why) => {
      if (serving !== instance) return;
      serving = undefined;
      if (clock.now() - since >= STABLE_AFTER_MS) failures = 0;
      failed(why);
    });
  }

  function failed(why: string): void {
    if (stopped) return;
    failures += 1;
    const wait = waitBefore(failures);
    problem = failures > MOST_QUICK_RESTARTS ? `${why}, ${failures} times in a row` : why;
    retryAt = clock.now() + wait;
    observer?.down(`${problem}; it is started again${wait === 0 ? "" : ` in ${Math.ceil(wait / SECOND)} s`}`);
    logger.warn({ event: "plugin.down", failures, waitMs: Math.round(wait) }, `the plugin is down: ${why}`);
    if (wait === 0) retry();
    else cancelRetry = clock.setTimer(wait, retry);
  }

  function waitBefore(failure: number): number {
    if (failure === 1) return 0;
    if (failure <= MOST_QUICK_RESTARTS) return backoffDelay(QUICK, failure - 2, random());
    // From a half to the whole: several plugins that fell together do not rise together.
    return SLOW_RETRY_MS * (0.5 + random() / 2);
  }

  function retry(): void {
    observer?.restarted();
    openOne().then(
      () => {
        logger.info({ event: "plugin.up", failures }, "the plugin is up again");
        observer?.up();
      },
      (error: unknown) => failed(messageOf(error)),
    );
  }

  function down(why: string): HubhandError {
    const retryInMs = Math.max(0, Math.round(retryAt - clock.now()));
    return new HubhandError("PLUGIN_DOWN", `plugin "${plugin}" is down: ${why}`, { details: { retryInMs } });
  }

  function current(): I | Promise<I> {
    if (serving !== undefined) return serving;
    if (opening === undefined) throw down(problem);
    return opening.catch((error: unknown) => {
      throw error instanceof HubhandError && error.code === "PLUGIN_DOWN" ? error : down(messageOf(error));
    });
  }

  return {
    current,
    withCurrent(work) {
      const instance = current();
      return instance instanceof Promise ? instance.then(work) : work(instance);
    },
    async start(watcher) {
      observer = watcher;
      await openOne();
    },
    async stop() {
      stopped = true;
      problem = "it is stopped";
      cancelRetry();
      const last = serving;
      serving = undefined;
      await Promise.all([last?.stop(), opening?.catch(() => {})]);
    },
  };
}

/** Does what changes settings. If nothing is there to be told of them, the next one is started with them: true. */
export async function whileKept(change: () => Promise<boolean>): Promise<boolean> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof HubhandError && error.code === "PLUGIN_DOWN") return true;
    throw error;
  }
}
