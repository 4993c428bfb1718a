import { setTimeout as sleep } from "node:timers/promises";
import { medianOf, percentile } from "../support/measure.ts";

export interface Load {
  readonly calls: number;
  readonly refused: number;
  /** Not answered in time. */
  readonly unanswered: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** One call, in milliseconds; whether it was refused. */
export type CallOnce = () => Promise<{ took: number; refused: boolean }>;

/** Calls at a steady rate until the time is over or `until` says so; each waits for the one before it. */
export async function callSteadily(
  call: CallOnce,
  { perSecond, milliseconds, until }: { perSecond: number; milliseconds: number; until: AbortSignal },
): Promise<Load> {
  const took: number[] = [];
  let refused = 0;
  let unanswered = 0;
  const since = performance.now();
  for (let due = 0; due < milliseconds && !until.aborted; due += 1000 / perSecond) {
    await sleep(Math.max(0, since + due - performance.now()));
    try {
      const answer = await call();
      took.push(answer.took);
      if (answer.refused) refused += 1;
    } catch {
      unanswered += 1;
    }
  }
  return {
    ...{ calls: took.length + unanswered, refused, unanswered },
    ...{ p50: medianOf(took), p99: percentile(took, 0.99), longest: Math.max(...took) },
  };
}
