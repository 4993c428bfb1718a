import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { backoffDelay } from "../full-jitter.ts";
import { type Desired, followedBy, readDesired } from "./desired.ts";
import type { Change } from "./follower.ts";
import { isSame, type PropertyObject, without } from "./properties.ts";
import { TWIN_BACKOFF } from "./reporter.ts";
import { statusOf, type TwinDocument, type TwinSession } from "./twin-session.ts";

export interface SyncOptions {
  inTurn<T>(exchange: () => Promise<T>): Promise<T>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Desired properties as they are now; told only if they differ, or if they may have been written anew. */
  onDesired(desired: Desired, change: Change): void;
  /** What the hub has of what was reported. */
  onReported(reported: PropertyObject, session: TwinSession): void;
  /** The session is over, or another one takes its place. */
  onEnd(): void;
}

/** The device's copy of its desired properties. */
export interface Sync {
  /** There is another session, in place of the last if there was one; or the same goes on after all. */
  online(session: TwinSession): void;
  /** The hub pushes a change. */
  pushed(patch: PropertyObject, session: TwinSession): void;
  /** The subscription was made anew, and may have been lost before. */
  checked(session: TwinSession): void;
  /** Why the twin could not be read, while that is so. */
  problem(): string | undefined;
  stop(): void;
}

/**
 * A check of the subscription cannot tell whether it had been lost, so what it may have missed is read; not each time, as
 * the hub meters each reading like a message, and limits how many it answers in a second. A session reads when it begins; at
 * four checks, ten minutes apart, one that is replaced after 27 to 39 minutes never reads again, where three made it read
 * twice: of a million devices that was 380 readings a second (npm run bench:fleet).
 */
export const CHECKS_PER_READING = 4;

/** More changes than that which do not follow on what we have, and the twin is read anyway. */
const MOST_AHEAD = 100;

/**
 * Keeps a copy that misses nothing. On each session it listens first and reads then: a change before the reading is in what
 * is read, one after it is pushed, and of one that is both the version tells (learn.microsoft.com, "Understand and use
 * device twins", device reconnection flow). A reading before listening could add nothing: its answer comes by the same
 * subscription. What is read is the truth, whatever its version: a device that was made anew in the hub starts again at 1.
 */
export function createSync(options: SyncOptions): Sync {
  const { logger, clock, random } = options;
  /** Undefined until the first reading of this run. */
  let copy: Desired | undefined;
  let session: TwinSession | undefined;
  let isListening = false;
  /** What it has was read or pushed on this session: from here on versions only grow. */
  let isSynced = false;
  let isReading = false;
  let isWanted = false;
  /** Changes that do not follow on the copy yet. */
  let ahead: Desired[] = [];
  /** Checks since the last reading. */
  let checks = 0;
  let failures = 0;
  let problem: string | undefined;
  let cancelRetry: (() => void) | undefined;

  function read(): void {
    isWanted = true;
    if (session !== undefined && !isReading && cancelRetry === undefined) void readWith(session);
  }

  async function readWith(on: TwinSession): Promise<void> {
    isReading = true;
    isWanted = false;
    try {
      const document = await options.inTurn(async () => {
        if (session !== on) return undefined;
        if (!isListening) await on.listen("twin");
        if (session === on) isListening = true;
        return on.getTwin();
      });
      if (session === on && document !== undefined) taken(document, on);
    } catch (error) {
      if (session === on) retryAfter(error);
    } finally {
      isReading = false;
      if (isWanted) read();
    }
  }

  function retryAfter(error: unknown): void {
    const delay = backoffDelay(TWIN_BACKOFF, failures, random());
    failures += 1;
    problem = messageOf(error);
    const told = { event: "twin.unread", err: error, status: statusOf(error), retryInMs: delay } as const;
    if (failures === 1) logger.warn(told, "the twin cannot be read; it is tried again");
    else logger.debug(told, "the twin cannot be read yet");
    retryIn(delay);
  }

  function retryIn(delay: number): void {
    isWanted = true;
    cancelRetry?.();
    cancelRetry = clock.setTimer(delay, () => {
      cancelRetry = undefined;
      read();
    });
  }

  function taken(document: TwinDocument, on: TwinSession): void {
    const desired = readDesired(document.desired);
    if (isSynced && copy !== undefined && desired.version < copy.version)
      throw new Error(`the hub answered with version ${desired.version}, after ${copy.version}`);
    const before = copy;
    copy = desired;
    isSynced = true;
    checks = 0;
    tell(before, desired);
    options.onReported(
      without(document.reported, (name) => name.startsWith("$")),
      on,
    );
    catchUp();
  }

  function tell(before: Desired | undefined, now: Desired): void {
    if (!isSame(before, now)) options.onDesired(now, "all");
  }

  /** Takes what follows on the copy; reads anew if there is a gap. */
  function catchUp(): void {
    const waiting = [...ahead].sort((a, b) => a.version - b.version);
    ahead = [];
    for (const patch of waiting) if (!take(patch)) ahead.push(patch);
    if (ahead.length === 0) {
      failures = 0;
      problem = undefined;
    } else retryAfter(new Error("the hub answered with less than it has pushed"));
  }

  /** @returns whether nothing is missing before it */
  function take(patch: Desired): boolean {
    if (copy === undefined || patch.version > copy.version + 1) return false;
    const next = followedBy(copy, patch);
    if (next === undefined) return true; // It is old news.
    copy = next;
    options.onDesired(next, { patch: patch.values });
    return true;
  }

  function stopReading(): void {
    cancelRetry?.();
    cancelRetry = undefined;
    isWanted = false;
  }

  return {
    online(next) {
      if (session === next) return read();
      stopReading();
      options.onEnd();
      session = next;
      [isListening, isSynced, ahead, failures] = [false, false, [], 0];
      void next.ended.then(() => {
        if (session !== next) return;
        session = undefined;
        stopReading();
        options.onEnd();
      });
      read();
    },
    pushed(section, on) {
      if (session !== on) return; // The next session reads all of it.
      let patch: Desired;
      try {
        patch = readDesired(section);
      } catch (error) {
        logger.warn({ event: "twin.gap" }, `${messageOf(error)}: the twin is read`);
        return read();
      }
      if (isSynced && take(patch)) return;
      const fits = ahead.length < MOST_AHEAD;
      if (fits) ahead.push(patch);
      // What does not fit is in the reading after the one that is under way.
      if (isSynced || !fits) read();
    },
    checked(on) {
      if (session !== on) return;
      checks += 1;
      if (checks >= CHECKS_PER_READING) read();
    },
    problem: () => problem,
    stop() {
      session = undefined;
      stopReading();
    },
  };
}
