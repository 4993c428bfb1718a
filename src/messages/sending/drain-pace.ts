import { SECOND } from "../../durations.ts";

/** So much of a second's worth may go at once, after a wait in which nothing could be sent. */
const BURST = 0.05;
/** The rate is never lower than this part of what was asked for. */
const SLOWEST = 1 / 16;
/** A lowered rate is doubled again after so long without a reason to lower it. */
const RECOVERY_MS = 30 * SECOND;

/** How fast a backlog is sent: a bucket of tokens, one for each message. */
export interface DrainPace {
  /** How many messages may be sent now. */
  allowance(now: number): number;
  /** So many were sent. */
  sent(messages: number): void;
  /** So many came in behind the backlog: they are not of it, and may not make it longer. */
  added(messages: number): void;
  /** In how many milliseconds the next may be sent, more or less: devices that began together must not go on so. */
  nextIn(now: number, random: number): number;
  /** The hub may have had enough: half as fast from now on, and then faster again by and by. */
  slowDown(now: number): void;
}

/** @param rate messages in a second; times are milliseconds of one clock */
export function createDrainPace(rate: number): DrainPace {
  const burst = Math.max(1, rate * BURST);
  let factor = 1;
  let tokens = 1;
  let filledAt: number | undefined;
  let slowedAt = 0;

  function fill(now: number): void {
    while (factor < 1 && now - slowedAt >= RECOVERY_MS) {
      factor = Math.min(1, factor * 2);
      slowedAt += RECOVERY_MS;
    }
    const passed = now - (filledAt ?? now);
    filledAt = now;
    tokens = Math.max(tokens, Math.min(burst, tokens + (passed / SECOND) * rate * factor));
  }

  return {
    allowance(now) {
      fill(now);
      return Math.floor(tokens);
    },
    sent(messages) {
      tokens = Math.max(0, tokens - messages);
    },
    added(messages) {
      tokens = Math.max(tokens, Math.min(tokens + messages, burst + messages));
    },
    nextIn(now, random) {
      fill(now);
      const missing = Math.max(0, 1 - tokens);
      return (missing / (rate * factor)) * SECOND * (0.5 + random);
    },
    slowDown(now) {
      fill(now);
      factor = Math.max(SLOWEST, factor / 2);
      slowedAt = now;
    },
  };
}
