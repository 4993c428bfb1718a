import type { Clock } from "../../../src/clock.ts";

export interface FakeClock extends Clock {
  /** Lets time pass at once, firing what is due on the way, in order. */
  advance(milliseconds: number): void;
  /** The machine's clock is set: forward, or with a negative number back. */
  setWallClock(by: number): void;
  /** The machine sleeps: its own clocks go on, and what is measured here stands still. */
  sleep(milliseconds: number): void;
  /** Milliseconds since the machine was started, its sleep included. */
  machineUptime(): number;
  /** How many timers are set. */
  readonly pending: number;
}

/** A clock that moves only when it is told to. */
export function createFakeClock(): FakeClock {
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  let now = 1_000;
  let slept = 0;
  let wall = Date.UTC(2026, 0, 1);

  const nextDue = (end: number) =>
    [...timers]
      .filter(({ at }) => at <= end)
      .reduce<{ at: number; fire: () => void } | undefined>(
        (first, timer) => (first === undefined || timer.at < first.at ? timer : first),
        undefined,
      );

  return {
    now: () => now,
    wallClock: () => wall + now,
    machineUptime: () => now + slept,
    setTimer(milliseconds, fire) {
      const timer = { at: now + milliseconds, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (let due = nextDue(end); due !== undefined; due = nextDue(end)) {
        timers.delete(due);
        now = due.at;
        due.fire();
      }
      now = end;
    },
    setWallClock(by) {
      wall += by;
    },
    sleep(milliseconds) {
      wall += milliseconds;
      slept += milliseconds;
    },
    get pending() {
      return timers.size;
    },
  };
}
