import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import type { KeptMessage, Outbox } from "../outbox/outbox.ts";
import { createDrainPace } from "./drain-pace.ts";

/** What of the outbox may be sent when. Durations in milliseconds. */
export interface SendingOrderOptions {
  readonly outbox: Pick<Outbox, "take" | "mark" | "waiting">;
  /** Messages of a backlog in a second. */
  readonly drainRate: number;
  readonly drainDelay: number;
  readonly order: "oldest-first" | "fresh-first";
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Pick<Logger, "info">;
}

export interface SendingOrder {
  /** The device is back: what waits now is a backlog. */
  begin(): void;
  /** Those that may be sent now, so many at most. */
  take(most: number): readonly KeptMessage[];
  /** In how many milliseconds there is more to take; undefined: when something is added. */
  nextIn(): number | undefined;
  /** The hub may have had enough of us. */
  slowDown(): void;
  /** Whether a backlog is being sent. */
  readonly draining: boolean;
}

/**
 * A backlog is sent at a limited rate, and begins after a random while if it is large; what is handed over while the
 * device is online goes at once, unless it has to wait behind the backlog. As `oldest-first` keeps it there, the backlog
 * is sent so much faster as messages come in behind it: it always ends.
 */
export function createSendingOrder(options: SendingOrderOptions): SendingOrder {
  const { outbox, drainRate, drainDelay, clock, random, logger } = options;
  const freshFirst = options.order === "fresh-first";
  const pace = createDrainPace(drainRate);
  let draining = false;
  let notBefore = 0;
  let lastWaiting = 0;
  /** The outbox says when it has some again: it may be busy with a corrupt file. */
  let hasNone = false;
  /** How many were sent of a backlog that was worth a word. */
  let told: { sent: number } | undefined;

  function takeOfBacklog(most: number): readonly KeptMessage[] {
    const now = clock.now();
    if (!freshFirst) pace.added(Math.max(0, outbox.waiting - lastWaiting));
    const allowed = now < notBefore ? 0 : Math.min(most, pace.allowance(now));
    const messages = allowed > 0 ? outbox.take(allowed, freshFirst ? "none" : undefined) : [];
    pace.sent(messages.length);
    if (told !== undefined) told.sent += messages.length;
    lastWaiting = outbox.waiting;
    hasNone = allowed > 0 && messages.length === 0;
    if (lastWaiting === 0) end();
    return messages;
  }

  function end(): void {
    draining = false;
    if (told !== undefined)
      logger.info({ event: "outbox.backlog-sent", messages: told.sent }, "the backlog of messages is sent");
    told = undefined;
  }

  return {
    begin() {
      const waiting = outbox.waiting;
      outbox.mark();
      draining = waiting > 0;
      lastWaiting = waiting;
      const isLarge = waiting > drainRate;
      const delay = isLarge ? Math.round(drainDelay * random()) : 0;
      notBefore = clock.now() + delay;
      told = isLarge ? { sent: 0 } : undefined;
      if (isLarge)
        logger.info(
          { event: "outbox.backlog", messages: waiting, delayMs: delay },
          "a backlog of messages is to be sent",
        );
    },
    take(most) {
      if (!draining) return outbox.take(most);
      const fresh = freshFirst ? outbox.take(most, "only") : [];
      return fresh.length < most ? [...fresh, ...takeOfBacklog(most - fresh.length)] : fresh;
    },
    nextIn() {
      if (!draining || hasNone) return undefined;
      const now = clock.now();
      return Math.max(notBefore - now, pace.nextIn(now, random()));
    },
    slowDown() {
      if (draining) pace.slowDown(clock.now());
    },
    get draining() {
      return draining;
    },
  };
}
