import { uptime } from "node:os";
import type { Clock } from "../clock.ts";
import { SECOND } from "../durations.ts";

/** What happened to time since it was looked at last, beyond its passing. Milliseconds. */
export interface TimePassed {
  /** The machine slept for so long. */
  readonly slept: number;
  /** The machine's clock was set, by so much; negative: back. */
  readonly clockSet: number;
}

export interface TimeWatch {
  /** Milliseconds on a clock that never jumps, and that goes on while the machine sleeps. */
  elapsed(): number;
  /** Looks at the clocks. */
  look(): TimePassed;
}

/** What is less may be rounding, a busy machine, or NTP's usual corrections. */
const UNUSUAL_MS = 2 * SECOND;

/** Milliseconds since the machine was started, its sleep included: Linux's /proc/uptime. */
export const systemUptime = (): number => uptime() * SECOND;

/**
 * Tells sleep from a clock that was set: Node's monotonic clock stands still while the machine sleeps, the machine's
 * uptime goes on, and neither follows the wall clock.
 */
export function watchTime(clock: Clock, machineUptime: () => number): TimeWatch {
  let monotonic = clock.now();
  let machine = machineUptime();
  let wall = clock.wallClock();
  let sleptInAll = 0;

  function look(): TimePassed {
    const passed = clock.now() - monotonic;
    const sleep = machineUptime() - machine - passed;
    const slept = sleep > UNUSUAL_MS ? sleep : 0;
    const set = clock.wallClock() - wall - passed - slept;
    // A shorter sleep is not taken up: it stays in the difference, and many of them are seen together.
    if (slept > 0) {
      sleptInAll += slept;
      machine += slept;
    }
    const clockSet = Math.abs(set) > UNUSUAL_MS ? set : 0;
    monotonic += passed;
    machine += passed;
    wall = clock.wallClock();
    return { slept, clockSet };
  }

  return { elapsed: () => clock.now() + sleptInAll, look };
}
