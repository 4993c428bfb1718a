/** Time as an argument: what waits or measures takes a Clock, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds on a clock that never jumps; for durations. */
  now(): number;
  /** Milliseconds since 1970 as the machine believes; for telling people when. */
  wallClock(): number;
  /**
   * Calls `fire` once after `milliseconds`; the function returned cancels it. What is longer than LONGEST_TIMER_MS
   * (Infinity too) fires after that time.
   */
  setTimer(milliseconds: number, fire: () => void): () => void;
}

/** Just under 25 days: Node fires a longer timer at once (its documentation of setTimeout). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  setTimer(milliseconds, fire) {
    const timer = setTimeout(fire, Math.min(milliseconds, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Waits for a promise, but no longer than that; whatever comes of the promise later is ignored. */
export async function waitAtMost(
  promise: Promise<unknown>,
  milliseconds: number,
  clock: Clock,
): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const cancel = clock.setTimer(milliseconds, limit.resolve);
  await Promise.race([promise.catch(() => {}), limit.promise]);
  cancel();
}

/** Does what can be given up: its signal fires when the time is over. Ends as the work does. */
export async function abortAfter<T>(
  milliseconds: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const cancel = clock.setTimer(milliseconds, () => over.abort());
  try {
    return await work(over.signal);
  } finally {
    cancel();
  }
}
