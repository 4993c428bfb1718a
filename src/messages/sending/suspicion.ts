import { MINUTE } from "../../durations.ts";
import type { KeptMessage } from "../outbox/outbox.ts";

/** A message on whose way to the hub so many sessions ended is tried alone from then on, to know whether it was that one. */
const SUSPICIOUS = 2;
/** So many sessions, each proven good before, and so much time must have ended with it alone: a bad line does the same. */
const GUILTY = { sessions: 5, after: 5 * MINUTE } as const;

/** Finds the message that the hub ends the connection for: sent first again and again, it would hold up all others. */
export interface Suspicion {
  /** Whether messages must be sent one by one, each on a session that was just found to be good. */
  readonly oneByOne: boolean;
  /**
   * A session has ended.
   * @param oldest the oldest message that was on its way
   * @param alone whether it was sent one by one
   * @returns whether it is certain that it was the message
   */
  ended(oldest: KeptMessage, how: { readonly alone: boolean; readonly now: number }): boolean;
  /** The hub has it. */
  delivered(message: KeptMessage): void;
}

/** Time is milliseconds of one clock. */
export function createSuspicion(): Suspicion {
  let suspect:
    | { readonly sequence: number; readonly since: number; sessions: number; alone: number }
    | undefined;
  return {
    get oneByOne() {
      return suspect !== undefined && suspect.sessions >= SUSPICIOUS;
    },
    ended({ sequence }, { alone, now }) {
      if (suspect?.sequence !== sequence) suspect = { sequence, since: now, sessions: 0, alone: 0 };
      suspect.sessions += 1;
      if (alone) suspect.alone += 1;
      const isGuilty = suspect.alone >= GUILTY.sessions && now - suspect.since >= GUILTY.after;
      if (isGuilty) suspect = undefined;
      return isGuilty;
    },
    delivered({ sequence }) {
      if (suspect?.sequence === sequence) suspect = undefined;
    },
  };
}
