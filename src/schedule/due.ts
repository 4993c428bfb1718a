import { MINUTE } from "../durations.ts";
import type { CronTimes } from "./cron-times.ts";

/** A run that is late by less than this is done as if it were not. */
export const LATE_MS = MINUTE;
/** So many missed runs are counted; a second's task that slept for a week has more of them, and nobody counts these. */
export const MOST_COUNTED = 100;

/** What is due now, and what should have been. */
export interface Due {
  /** Whether a run is to be started. */
  readonly run: boolean;
  /** How many were missed, `MOST_COUNTED` at most. */
  readonly missed: number;
  /** When the next one is due. */
  readonly next: number;
}

/** Of a task with a cron expression whose next run was due at `due`; all times in milliseconds since 1970. */
export function dueByCron(times: CronTimes, { due, now }: { due: number; now: number }): Due {
  if (due > now) return { run: false, missed: 0, next: due };
  let occurrences = 0;
  let latest = due;
  for (let time = due; time <= now && occurrences <= MOST_COUNTED; time = times.next(time)) {
    occurrences += 1;
    latest = time;
  }
  if (occurrences > MOST_COUNTED) {
    // Not from where the counting ended: that may be years away.
    const recent = times.next(now - LATE_MS);
    latest = recent <= now ? recent : latest;
  }
  const run = now - latest < LATE_MS;
  const missed = Math.min(MOST_COUNTED, run ? occurrences - 1 : occurrences);
  return { run, missed, next: times.next(now) };
}

/** Of a task that is done every so many milliseconds, by a clock that never jumps. */
export function dueByInterval(every: number, { due, now }: { due: number; now: number }): Due {
  if (due > now) return { run: false, missed: 0, next: due };
  const occurrences = Math.floor((now - due) / every) + 1;
  const next = due + occurrences * every;
  const run = now - (next - every) < LATE_MS;
  return { run, missed: Math.min(MOST_COUNTED, run ? occurrences - 1 : occurrences), next };
}
