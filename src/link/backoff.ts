import type { FailureClass } from "./failure.ts";

/** How patient the link is, by what an attempt costs the hub. */
export type Patience = "network" | "refused" | "unauthorized" | "conflict";

/** Bounds of one patience, in milliseconds: the first ceiling, and the ceiling that is never passed. */
export interface BackoffBounds {
  readonly base: number;
  readonly max: number;
}

/** The bounds of each patience, as the configuration has them: `networkBase`, `networkMax`, … */
export type BackoffPolicy = Readonly<Record<`${Patience}${"Base" | "Max"}`, number>>;

export const boundsOf = (policy: BackoffPolicy, patience: Patience): BackoffBounds => ({
  base: policy[`${patience}Base`],
  max: policy[`${patience}Max`],
});

/**
 * An attempt that never reached the hub costs it nothing, so it may be frequent; one that the hub answered
 * with "no" costs it a handshake and a look-up; wrong credentials rarely mend themselves.
 */
const PATIENCE: Readonly<Record<FailureClass, Patience>> = {
  network: "network",
  lost: "network",
  tls: "refused",
  refused: "refused",
  unauthorized: "unauthorized",
  clock: "unauthorized",
  conflict: "conflict",
};

export const patienceFor = (failure: FailureClass): Patience => PATIENCE[failure];

/**
 * Full jitter: anything from nothing to the ceiling, so that a fleet that lost its hub together does not come
 * back together. The ceiling doubles with each attempt: base, 2 base, 4 base, … max.
 * @param attempt failures of this patience in a row before this one, from 0
 * @param random a number in [0, 1)
 * @returns milliseconds to wait
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffDelay(bounds: BackoffBounds, attempt: number, random: number): number {
  return Math.floor(random * backoffCeiling(bounds, attempt));
}

/** The longest that `backoffDelay` can be for this attempt, in milliseconds. */
export function backoffCeiling(bounds: BackoffBounds, attempt: number): number {
  return Math.min(bounds.max, bounds.base * 2 ** attempt);
}
