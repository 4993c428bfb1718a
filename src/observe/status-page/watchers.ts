import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import { changedSections, type SectionTexts, writeSections } from "./sections.ts";

const MOST_WATCHERS = 8;
/** How often there may be news, unless there is much of it. */
const INTERVAL_MS = SECOND;
/** A device with hundreds of plugins has much to tell: so many bytes a second are no burden for a phone, nor for a Pi to write. */
const AT_EASE = 64 * 1024;
/** But no longer than this passes, in looks. */
const LONGEST_PAUSE = 10;
/** What stands between passes on nothing for a while only if it hears nothing: after so many looks without news it does. */
const QUIET_LOOKS = 15;
/** What may wait for a watcher that does not read, in bytes, before it is given up. */
const MOST_BEHIND = 256 * 1024;

export interface WatchersOptions {
  /** How all is now. */
  look(): Promise<SectionTexts>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Watchers {
  /**
   * One more who is told of each change, as server-sent events (html.spec.whatwg.org, 9.2); undefined if there are too many.
   * @param cut ends the connection of one that reads too slowly
   */
  watch(cut: () => void): ReadableStream<Uint8Array> | undefined;
  /** Ends all streams; there are no others. */
  stop(): void;
}

interface Watcher {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly cut: () => void;
  isGreeted: boolean;
}

/** Tells all who watch what changes: it looks once a second for all of them together, and not at all without any. */
export function createWatchers({ look, clock, logger }: WatchersOptions): Watchers {
  const watchers = new Set<Watcher>();
  const encoder = new TextEncoder();
  /** What those have been told who were greeted. */
  let latest: SectionTexts | undefined;
  let isLooking = false;
  let isOver = false;
  let quiet = 0;
  let cancel = (): void => {};

  const now = (): string => new Date(clock.wallClock()).toISOString();

  function send({ controller, cut }: Watcher, text: string): void {
    if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text));
    else cut();
  }

  const event = (name: string, texts: SectionTexts): string =>
    `event: ${name}\ndata: ${writeSections(now(), texts)}\n\n`;

  function greet(watcher: Watcher, texts: SectionTexts): void {
    watcher.isGreeted = true;
    send(watcher, event("snapshot", texts));
  }

  /** @returns how much was told to each, about */
  function tell(texts: SectionTexts, before: SectionTexts | undefined): number {
    const greeted = [...watchers].filter(({ isGreeted }) => isGreeted);
    const changed = before === undefined ? texts : changedSections(before, texts);
    quiet = changed.size === 0 ? quiet + 1 : 0;
    const news = changed.size === 0 ? undefined : event("change", changed);
    const words = news ?? (quiet % QUIET_LOOKS === 0 ? ": nothing new\n\n" : undefined);
    if (words !== undefined) for (const watcher of greeted) send(watcher, words);
    for (const watcher of watchers) if (!watcher.isGreeted) greet(watcher, texts);
    return news?.length ?? 0;
  }

  async function lookAgain(): Promise<void> {
    isLooking = true;
    try {
      const texts = await look();
      if (watchers.size === 0) return;
      const before = latest;
      latest = texts;
      const told = tell(texts, before);
      if (watchers.size === 0) return;
      const looks = Math.min(LONGEST_PAUSE, Math.max(1, Math.ceil(told / AT_EASE)));
      cancel = clock.setTimer(looks * INTERVAL_MS, () => void lookAgain());
    } catch (error) {
      logger.error({ event: "page.failed", err: error }, "the status page cannot tell how the agent is");
      endAll();
    } finally {
      isLooking = false;
    }
  }

  function leave(watcher: Watcher): void {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    cancel();
    latest = undefined;
  }

  function endAll(): void {
    for (const watcher of [...watchers]) {
      leave(watcher);
      watcher.controller.close();
    }
  }

  return {
    watch(cut) {
      if (isOver || watchers.size >= MOST_WATCHERS) return undefined;
      let watcher: Watcher;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            const cutOff = (): void => {
              leave(watcher);
              cut();
            };
            watcher = { controller, cut: cutOff, isGreeted: false };
            watchers.add(watcher);
            if (latest !== undefined) greet(watcher, latest);
            else if (!isLooking) void lookAgain();
          },
          cancel: () => leave(watcher),
        },
        new ByteLengthQueuingStrategy({ highWaterMark: MOST_BEHIND }),
      );
    },
    stop() {
      isOver = true;
      endAll();
    },
  };
}
