import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";

const TICK_MS = 5 * SECOND;
/** What is less may be a busy machine, or NTP's usual corrections. */
const UNUSUAL_MS = 10 * SECOND;

/**
 * Notices that the machine's clock was set, that the machine slept (its monotonic clock stands still meanwhile), or that
 * the process was stopped and goes on: what was known of the link before says little then.
 * @param notice told by how much the clock moved against the time that passed here (negative: back), and for how long
 *   the process did nothing; both in milliseconds
 * @returns stops watching
 */
export function watchPassingTime(
  clock: Clock,
  notice: (what: { clockMovedBy: number; stoodStillFor: number }) => void,
): () => void {
  let monotonic = clock.now();
  let wall = clock.wallClock();
  let cancel = clock.setTimer(TICK_MS, tick);

  function tick(): void {
    const passed = clock.now() - monotonic;
    const clockMovedBy = clock.wallClock() - wall - passed;
    const stoodStillFor = passed - TICK_MS;
    monotonic += passed;
    wall += passed + clockMovedBy;
    cancel = clock.setTimer(TICK_MS, tick);
    if (Math.abs(clockMovedBy) > UNUSUAL_MS || stoodStillFor > UNUSUAL_MS)
      notice({ clockMovedBy, stoodStillFor });
  }
  return () => cancel();
}
