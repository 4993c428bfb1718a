/** Bounds of a backoff, in milliseconds: the first ceiling, and the ceiling that is never passed. */
export interface BackoffBounds {
  readonly base: number;
  readonly max: number;
  /** What the ceiling is multiplied by with each attempt; over 1. */
  readonly growth: number;
}

/**
 * Full jitter: anything from nothing to the ceiling, so that those that failed together do not come back together.
 * The ceiling grows with each attempt: base, growth · base, growth² · base, … max.
 * @param attempt failures in a row before this one, from 0
 * @param random a number in [0, 1)
 * @returns milliseconds to wait
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffDelay(bounds: BackoffBounds, attempt: number, random: number): number {
  return Math.floor(random * backoffCeiling(bounds, attempt));
}

/** The longest that `backoffDelay` can be for this attempt, in milliseconds. */
export function backoffCeiling(bounds: BackoffBounds, attempt: number): number {
  return Math.min(bounds.max, bounds.base * bounds.growth ** attempt);
}
