import { type Clock, systemClock } from "../../../src/clock.ts";

/**
 * Takes time to pass so many times as fast as it does: for what waits long and has partners that do not take this clock.
 * Limits that guard real work must be given as many times as long.
 */
export function quickClock(times: number): Clock {
  return {
    ...systemClock,
    now: () => systemClock.now() * times,
    setTimer: (milliseconds, fire) => systemClock.setTimer(milliseconds / times, fire),
  };
}
