import { HOUR, MINUTE, parseDuration, SECOND } from "../durations.ts";

/*
 * What a task may say: the same for those of plugins, and for what configuration and twin say of tasks. Durations in
 * milliseconds.
 */

/** What becomes of a run that is due while the last one goes on; the first is the default. */
export const OVERLAPS = ["skip", "allow", "queue"] as const;
export type Overlap = (typeof OVERLAPS)[number];
/** What becomes of runs that were missed. */
export const CATCH_UPS = ["once", "none"] as const;
export type CatchUp = (typeof CATCH_UPS)[number];

/** An interval that is longer is a day of the calendar, and belongs to cron. */
export const EVERY = { min: SECOND, max: 24 * HOUR } as const;
/** How often the device may tell that it lives. */
export const HEARTBEAT = { min: 10 * SECOND, max: 24 * HOUR } as const;
/** How long a run may take if nobody says so. */
export const DEFAULT_RUN_MS = 5 * MINUTE;
/** How long a run may take at most; timers of Node take 24.8 days at most, and fire at once beyond. */
export const LONGEST_RUN_MS = 24 * HOUR;
/** How long a run may wait, to spread what a fleet does. */
export const LONGEST_JITTER_MS = 24 * HOUR;

/** A wait that is longer than the interval would have runs overtake one another. */
export function jitterProblem(task: {
  readonly every?: unknown;
  readonly jitter?: unknown;
}): string | undefined {
  const [every, jitter] = [task.every, task.jitter].map((text) =>
    typeof text === "string" ? parseDuration(text) : undefined,
  );
  if (every === undefined || jitter === undefined || jitter <= every) return undefined;
  return `jitter: ${task.jitter} is longer than every, ${task.every}`;
}
