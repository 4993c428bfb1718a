/** How much of something there may be: `perSecond` in the long run, `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What is left of a rate; below 0 after one that was larger than all of it. */
export interface Bucket {
  readonly level: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export function fullBucket({ burst }: Rate, now: number): Bucket {
  return { level: burst, at: now };
}

/**
 * Takes `size`, if it is there. What is larger than a whole burst is let through when nothing else was lately, and what
 * comes after it waits the longer. `waitMs` is 0 if it was taken, else the milliseconds until it could be.
 */
export function take(
  bucket: Bucket,
  { rate, size, now }: { rate: Rate; size: number; now: number },
): { bucket: Bucket; waitMs: number } {
  // A clock that was put back gives nothing, and takes nothing away.
  const since = Math.max(0, now - bucket.at);
  const level = Math.min(rate.burst, bucket.level + (since / 1000) * rate.perSecond);
  const missing = Math.min(size, rate.burst) - level;
  // A millionth is no more than what dividing and multiplying by 1000 loses.
  if (missing <= rate.burst * 1e-6) return { bucket: { level: level - size, at: now }, waitMs: 0 };
  return { bucket: { level, at: now }, waitMs: Math.max(1, Math.ceil((missing / rate.perSecond) * 1000)) };
}
