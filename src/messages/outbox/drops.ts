import type { Clock } from "../../clock.ts";
import { MINUTE } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";

/**
 * Why a message was given up. `full`: it gave way, or found no room; `expired`: its time was over; `corrupt`: the disk has
 * not given it back.
 */
export type DropReason = "full" | "expired" | "corrupt";

/** From the first one on, the log is told no more often. */
const TOLD_EVERY = MINUTE;

/** Counts what is given up, and tells of it now and then: a line for each would fill the log when the outbox is full. */
export interface Drops {
  count(reason: DropReason, messages?: number): void;
  /** Tells what is not told yet. */
  stop(): void;
}

export function createDrops(options: {
  readonly metrics: Pick<Metrics, "outboxDropped">;
  readonly logger: Logger;
  readonly clock: Clock;
}): Drops {
  const { metrics, logger, clock } = options;
  let untold = new Map<DropReason, number>();
  let cancel: (() => void) | undefined;

  function tell(): void {
    cancel = undefined;
    if (untold.size === 0) return;
    const dropped = Object.fromEntries(untold);
    untold = new Map();
    logger.warn({ event: "outbox.dropped", dropped }, "messages to the hub were dropped");
    cancel = clock.setTimer(TOLD_EVERY, tell);
  }

  return {
    count(reason, messages = 1) {
      metrics.outboxDropped.inc({ reason }, messages);
      untold.set(reason, (untold.get(reason) ?? 0) + messages);
      // Not at once: what is dropped together is told together.
      cancel ??= clock.setTimer(0, tell);
    },
    stop() {
      cancel?.();
      tell();
      cancel?.();
    },
  };
}
