/** Time as an argument: what waits or measures takes a Clock, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds on a clock that never jumps; for durations. */
  now(): number;
  /** Milliseconds since 1970 as the machine believes; for telling people when. */
  wallClock(): number;
  /** Calls `fire` once after `milliseconds`; the function returned cancels it. */
  setTimer(milliseconds: number, fire: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  setTimer(milliseconds, fire) {
    const timer = setTimeout(fire, milliseconds);
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
