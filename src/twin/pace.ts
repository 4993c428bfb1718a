import { SECOND } from "../durations.ts";

/** What the device tells of itself: the hub meters each update, and nobody looks more often. */
const TOLD_EVERY_MS = 10 * SECOND;
/** Acknowledgements: somebody waits for them. */
const ANSWERED_EVERY_MS = SECOND;
/** What comes together goes together: plugins answer one after the other. */
const COLLECT_MS = 100;

/** What an update would hold. */
export interface Due {
  /** What the device tells of itself. */
  readonly told: boolean;
  /** Acknowledgements. */
  readonly answered: boolean;
}

/** When an update may go; all in milliseconds of one clock. */
export interface Pace {
  /** @returns when what is due may be sent; undefined if nothing is due */
  next(due: Due, now: number): number | undefined;
  sent(due: Due, now: number): void;
}

export function createPace(): Pace {
  const last = { told: Number.NEGATIVE_INFINITY, answered: Number.NEGATIVE_INFINITY };
  const since: { told?: number | undefined; answered?: number | undefined } = {};
  const interval = { told: TOLD_EVERY_MS, answered: ANSWERED_EVERY_MS };
  const kinds = ["told", "answered"] as const;

  return {
    next(due, now) {
      const times = kinds.flatMap((kind) => {
        since[kind] = due[kind] ? (since[kind] ?? now) : undefined;
        const from = since[kind];
        return from === undefined ? [] : [Math.max(from + COLLECT_MS, last[kind] + interval[kind])];
      });
      return times.length === 0 ? undefined : Math.min(...times);
    },
    sent(due, now) {
      for (const kind of kinds) {
        if (!due[kind]) continue;
        last[kind] = now;
        since[kind] = undefined;
      }
    },
  };
}
