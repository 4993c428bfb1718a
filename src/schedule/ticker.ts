import type { Clock } from "../clock.ts";
import { printDuration, SECOND } from "../durations.ts";
import type { Moment, Plan } from "./plan.ts";
import { type TimePassed, watchTime } from "./time-watch.ts";

/** Something that is due at times. */
export interface Planned {
  /** Undefined for what is not. */
  readonly plan: Plan | undefined;
}

export interface TickerOptions<T extends Planned> {
  readonly clock: Clock;
  /** Milliseconds since the machine was started, its sleep included. */
  readonly machineUptime: () => number;
  planned(): Iterable<T>;
  /** Takes what was looked at: whether a run is due, how many were missed, and why. */
  onDue(one: T, due: ReturnType<Plan["take"]>, why: string): void;
}

export interface Ticker {
  now(): Moment;
  /** Looks at what is due, and sets the timer anew. `why` something may have been missed, if the clocks do not say. */
  tick(why: string): void;
  stop(): void;
}

/** How often the clocks are looked at: one may have been set. */
const LOOK_MS = 30 * SECOND;

/** Waits for whatever is due next. One timer for all; none if nothing is planned. */
export function createTicker<T extends Planned>(options: TickerOptions<T>): Ticker {
  const { clock, machineUptime, planned, onDue } = options;
  const watch = watchTime(clock, machineUptime);
  let wall = clock.wallClock();
  let cancelTimer: (() => void) | undefined;
  let stopped = false;

  const now = (): Moment => ({ wall: clock.wallClock(), elapsed: watch.elapsed() });

  function tick(why: string): void {
    if (stopped) return;
    cancelTimer?.();
    cancelTimer = undefined;
    const passed = watch.look();
    const moment = now();
    const reason = reasonOf(passed) ?? why;
    for (const one of planned()) {
      if (one.plan === undefined) continue;
      if (passed.clockSet !== 0) one.plan.clockSet(wall, moment.wall);
      onDue(one, one.plan.take(moment), reason);
    }
    wall = moment.wall;
    const waits = [...planned()].flatMap(({ plan }) => plan?.wait(moment) ?? []);
    if (waits.length === 0) return;
    // Node fires a timer up to a millisecond early.
    const wait = Math.max(1, Math.min(LOOK_MS, ...waits));
    cancelTimer = clock.setTimer(wait, () => tick("the agent was held up"));
  }

  return {
    now,
    tick,
    stop() {
      stopped = true;
      cancelTimer?.();
    },
  };
}

function reasonOf({ slept, clockSet }: TimePassed): string | undefined {
  if (slept > 0) return `the machine slept for ${aboutSeconds(slept)}`;
  if (clockSet > 0) return `the machine's clock was set forward by ${aboutSeconds(clockSet)}`;
  return undefined;
}

const aboutSeconds = (milliseconds: number): string =>
  printDuration(Math.round(milliseconds / SECOND) * SECOND);
