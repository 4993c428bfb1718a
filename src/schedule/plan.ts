import { HOUR } from "../durations.ts";
import { type CronTimes, cronTimes } from "./cron-times.ts";
import { type Due, dueByCron, dueByInterval } from "./due.ts";
import type { Timing } from "./task.ts";
import type { Zones } from "./zones.ts";

/** A moment on both clocks, in milliseconds: since 1970, and on the one that never jumps. */
export interface Moment {
  readonly wall: number;
  readonly elapsed: number;
}

/** When one task is due. */
export interface Plan {
  /** Takes up what is due now: it is told once. */
  take(now: Moment): Pick<Due, "run" | "missed">;
  /** Milliseconds until there is something to take; Infinity if never. */
  wait(now: Moment): number;
  /** The machine's clock was set. */
  clockSet(before: number, now: number): void;
}

export interface PlanOptions {
  readonly timing: Timing;
  readonly now: Moment;
  /** When it ran last, on the wall clock, if what was missed since then counts. */
  readonly last: number | undefined;
  /** From 0 to 1: where in its interval a task starts. */
  readonly phase: number;
  /** Of all plans. */
  readonly zones?: Zones;
}

/** A clock that shows an earlier time was never set: a Pi has no battery for it, and starts in 1970. */
export const CLOCK_IS_SET_MS = Date.UTC(2024, 0, 1);
/** A clock that is put back by less is a correction, and does nothing twice; by more, it was wrong before. */
const CORRECTION_MS = HOUR;

/** @throws Error if the timing's cron expression or time zone is none */
export function createPlan(options: PlanOptions): Plan {
  const { timing } = options;
  return timing.kind === "every"
    ? intervalPlan(timing.every, options)
    : cronPlan(cronTimes(timing.cron, timing.timezone, options.zones), options);
}

function cronPlan(times: CronTimes, { now, last }: PlanOptions): Plan {
  let due = times.next(last === undefined ? now.wall : Math.min(last, now.wall));
  /** Of a machine whose clock is behind what is on its disk: it counts when the clock has been set. */
  let ahead = last !== undefined && last > now.wall ? last : undefined;

  return {
    take({ wall }) {
      if (ahead !== undefined && wall >= ahead) {
        due = Math.min(due, times.next(ahead));
        ahead = undefined;
      }
      const { run, missed, next } = dueByCron(times, { due, now: wall });
      due = next;
      return { run, missed };
    },
    wait: ({ wall }) => Math.max(0, due - wall),
    clockSet(before, wall) {
      const wasWrong = wall < before - CORRECTION_MS || (before < CLOCK_IS_SET_MS && wall >= CLOCK_IS_SET_MS);
      if (wasWrong) due = times.next(wall);
    },
  };
}

function intervalPlan(every: number, { now, last, phase }: PlanOptions): Plan {
  const since = last === undefined ? -1 : now.wall - last;
  let due = now.elapsed + (since >= 0 ? every - since : every * phase);
  return {
    take({ elapsed }) {
      const { run, missed, next } = dueByInterval(every, { due, now: elapsed });
      due = next;
      return { run, missed };
    },
    wait: ({ elapsed }) => Math.max(0, due - elapsed),
    clockSet() {},
  };
}
