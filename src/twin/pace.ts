import { SECOND } from "../durations.ts";

/** What the device tells of itself: the hub meters each update, and nobody looks more often. */
const TOLD_EVERY_MS = 10 * SECOND;
/** Acknowledgements: somebody waits for them. So many may go at once, and then one in this time. */
const ANSWERS_AT_ONCE = 3;
const ANSWERED_EVERY_MS = SECOND;
/** What comes together goes together: parts answer one after the other, and some take their time. */
const COLLECT_MS = { idle: 20, busy: 300 } as const;

/** What an update would hold. */
export interface Due {
  /** What the device tells of itself. */
  readonly told: boolean;
  /** Acknowledgements. */
  readonly answered: boolean;
}

/** When an update may go; all in milliseconds of one clock. */
export interface Pace {
  /**
   * @param isBusy more answers are to come
   * @returns when what is due may be sent; undefined if nothing is due
   */
  next(due: Due, options: { now: number; isBusy: boolean }): number | undefined;
  sent(due: Due, now: number): void;
}

export function createPace(): Pace {
  let lastTold = Number.NEGATIVE_INFINITY;
  /** When the next answers may go; so far in the past as there are more that may go at once. */
  let nextAnswers = Number.NEGATIVE_INFINITY;
  let dueSince: number | undefined;

  return {
    next({ told, answered }, { now, isBusy }) {
      if (!told && !answered) dueSince = undefined;
      else dueSince ??= now;
      if (dueSince === undefined) return undefined;
      const collected = dueSince + (isBusy ? COLLECT_MS.busy : COLLECT_MS.idle);
      const soonest = Math.min(
        told ? lastTold + TOLD_EVERY_MS : Number.POSITIVE_INFINITY,
        answered ? nextAnswers : Number.POSITIVE_INFINITY,
      );
      return Math.max(collected, soonest);
    },
    sent({ told, answered }, now) {
      dueSince = undefined;
      if (told) lastTold = now;
      const most = now - (ANSWERS_AT_ONCE - 1) * ANSWERED_EVERY_MS;
      if (answered) nextAnswers = Math.max(nextAnswers, most) + ANSWERED_EVERY_MS;
    },
  };
}
