import { backoffDelay } from "../full-jitter.ts";
import { type BackoffPolicy, boundsOf, type Patience, patienceFor } from "./backoff.ts";
import type { Failure } from "./failure.ts";

/** The wait before the next attempt. */
export interface Wait {
  /** Failures of this patience in a row, this one included. */
  readonly attempt: number;
  /** Milliseconds. */
  readonly delay: number;
}

/** Counts failures by what they cost the hub, until they are forgotten. */
export interface PatienceCounter {
  next(failure: Failure): Wait;
  /** Starts again with the shortest wait: for all, or for those named. */
  forget(...patiences: Patience[]): void;
}

/** @param random a number in [0, 1) */
export function createPatienceCounter(policy: BackoffPolicy, random: () => number): PatienceCounter {
  const failures = new Map<Patience, number>();
  return {
    next(failure) {
      const patience = patienceFor(failure.class);
      const before = failures.get(patience) ?? 0;
      failures.set(patience, before + 1);
      const delay = backoffDelay(boundsOf(policy, patience), before, random());
      return { attempt: before + 1, delay: Math.max(delay, failure.retryAfter ?? 0) };
    },
    forget(...patiences) {
      if (patiences.length === 0) failures.clear();
      for (const patience of patiences) failures.delete(patience);
    },
  };
}
