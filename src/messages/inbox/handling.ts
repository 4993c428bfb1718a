import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import { backoffDelay } from "../../full-jitter.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { attemptOnce } from "./attempt.ts";
import type { Entry } from "./entry.ts";
import type { HandlerRegistry } from "./registry.ts";
import type { InboxStore } from "./store/store.ts";

/** A handler that fails gets the message again after a random part of 1 s, 2 s, 4 s … 60 s. */
const AFTER_FAILURE = { base: SECOND, max: 60 * SECOND, growth: 2 };
/** One that is down may be back at once: a restart takes a moment. */
const WHILE_DOWN = { base: SECOND / 4, max: 15 * SECOND, growth: 2 };

/** A plugin that is down says so sooner. */
const LASTS_MS = 100;

export interface HandlingOptions {
  readonly registry: Pick<HandlerRegistry, "get">;
  readonly attempts: number;
  readonly store: InboxStore | undefined;
  /** Whether a message may be handled still. */
  mayGoOn(entry: Entry): boolean;
  end(entry: Entry, outcome: string): void;
  /** Finds a handler for one whose handler has gone. */
  place(entry: Entry): void;
  readonly metrics: Pick<Metrics, "messages" | "messageDuration">;
  readonly logger: Logger;
  readonly clock: Clock;
  random(): number;
}

export interface Handling {
  /** Gives a message to its handler until it has been handled, or is given up. Never rejects. */
  run(handler: string, entry: Entry): Promise<void>;
  /** How many are under way, those included that wait for their next attempt. */
  readonly running: number;
  /** Lets those that wait for a handler that is down look again. */
  wake(): void;
  /** Aborts what is under way; resolves when nothing is. */
  stop(): Promise<void>;
}

/** Sees to it that each message is handled, or was tried as often as it may be. */
export function createHandling(options: HandlingOptions): Handling {
  const { registry, store, mayGoOn, end, place, metrics, clock, random } = options;
  const stopped = new AbortController();
  const waits = new Set<() => void>();
  const underWay = new Set<Promise<void>>();

  /** Until then, or until something has changed. */
  function wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        cancel();
        waits.delete(over);
        resolve();
      };
      const cancel = clock.setTimer(milliseconds, over);
      waits.add(over);
    });
  }

  async function waitFor(
    milliseconds: number,
    entry: Entry,
    { mayBeShort }: { mayBeShort: boolean },
  ): Promise<void> {
    const until = clock.now() + milliseconds;
    do await wait(Math.max(0, until - clock.now()));
    while (!mayBeShort && clock.now() < until && mayGoOn(entry) && !stopped.signal.aborted);
  }

  /**
   * An attempt is noted before it begins, as it may be the end of the agent. One at a plugin that was down a moment ago is
   * noted when it has lasted: the plugin may be down for days, and each note wears out the disk.
   */
  async function noteBegin(entry: Entry, attempts: number, downs: number): Promise<() => void> {
    if (downs > 0) return clock.setTimer(LASTS_MS, () => void note(entry, attempts));
    await note(entry, attempts);
    return () => {};
  }

  async function note(entry: Entry, attempts: number): Promise<void> {
    if (entry.row === undefined || entry.noted === attempts) return;
    entry.noted = attempts;
    await store?.attempted(entry.row, attempts);
  }

  /** @returns how long to wait for the next attempt, and whether a change may shorten that; undefined when it is over here */
  async function attempt(name: string, entry: Entry, downs: number) {
    const handler = registry.get(name);
    if (handler === undefined) {
      place(entry);
      return undefined;
    }
    const logger = options.logger.child({
      plugin: handler.plugin,
      messages: name,
      messageId: entry.facts.messageId,
    });
    const message = entry.load();
    if (message === undefined) {
      logger.error({ event: "inbox.unreadable" }, "a message that was on disk can be read no more");
      end(entry, "lost");
      return undefined;
    }
    const number = entry.attempts + 1;
    // An attempt of an earlier run that nobody saw the end of was the last.
    if (number > options.attempts) return giveUp();
    const dontNote = await noteBegin(entry, number, downs);
    const began = clock.now();
    const outcome = await attemptOnce({
      handler,
      message,
      attempt: number,
      stop: stopped.signal,
      logger,
      clock,
    });
    dontNote();
    if (outcome === "stopped" || outcome === "down") await note(entry, entry.attempts);
    if (outcome === "stopped") return undefined;
    if (outcome === "down")
      return { wait: backoffDelay(WHILE_DOWN, downs, random()), mayBeShort: true, isDown: true };
    // One that has gone meanwhile took its series with it.
    if (registry.get(name) !== undefined)
      metrics.messageDuration.observe({ handler: name }, (clock.now() - began) / 1000);
    entry.attempts = number;
    if (outcome === "ok" || outcome === "invalid") {
      end(entry, outcome);
      return undefined;
    }
    metrics.messages.inc({ direction: "cloud_to_device", outcome });
    if (number >= options.attempts) return giveUp();
    return { wait: backoffDelay(AFTER_FAILURE, number - 1, random()), mayBeShort: false, isDown: false };

    function giveUp(): undefined {
      logger.error(
        { event: "inbox.given-up", attempts: entry.attempts },
        "the message is given up: its handler failed each time",
      );
      end(entry, "given_up");
      return undefined;
    }
  }

  async function runAll(name: string, entry: Entry): Promise<void> {
    let downs = 0;
    while (mayGoOn(entry) && !stopped.signal.aborted) {
      const next = await attempt(name, entry, downs);
      if (next === undefined) return;
      downs = next.isDown ? downs + 1 : 0;
      await waitFor(next.wait, entry, next);
    }
  }

  function wake(): void {
    for (const over of [...waits]) over();
  }

  return {
    async run(name, entry) {
      const work = runAll(name, entry);
      underWay.add(work);
      try {
        await work;
      } finally {
        underWay.delete(work);
      }
    },
    get running() {
      return underWay.size;
    },
    wake,
    async stop() {
      stopped.abort();
      wake();
      await Promise.all(underWay);
    },
  };
}
