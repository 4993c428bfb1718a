import { type BackoffBounds, backoffDelay } from "../../src/full-jitter.ts";
import { type Patience, patienceFor } from "../../src/link/backoff.ts";
import type { FailureClass } from "../../src/link/failure.ts";

/** One attempt that failed, or the session that was lost. */
export interface Setback {
  readonly device: number;
  readonly class: FailureClass;
  /** Milliseconds since this device lost its session. */
  readonly offlineFor: number;
  /** A number in [0, 1). */
  readonly random: number;
}

/** How devices wait before they try again. */
export interface WaitingPolicy {
  readonly name: string;
  /** The longest wait it ever asks for, in milliseconds. */
  readonly longestWait: number;
  /** A herd of so many devices, none of which has failed yet. Says how long to wait; undefined: never again. */
  herd(devices: number): (setback: Setback) => number | undefined;
}

/** Ours: the agent's own backoff and its own judgement of failures, with the bounds given. */
export function hubhandPolicy(boundsFor: (patience: Patience) => BackoffBounds): WaitingPolicy {
  return {
    name: "hubhand",
    longestWait: Math.max(boundsFor("network").max, boundsFor("refused").max),
    herd(devices) {
      const failures = new Map<Patience, Uint16Array>();
      return ({ device, class: failure, random }) => {
        const patience = patienceFor(failure);
        const counts = failures.get(patience) ?? new Uint16Array(devices);
        failures.set(patience, counts);
        const attempt = counts[device] ?? 0;
        counts[device] = attempt + 1;
        return backoffDelay(boundsFor(patience), attempt, random);
      };
    },
  };
}

/** Doubling and nothing else: no chance, no classes, no end. */
export function plainPolicy({ base, max }: { base: number; max: number }): WaitingPolicy {
  return {
    name: "plain",
    longestWait: max,
    herd(devices) {
      const failures = new Uint16Array(devices);
      return ({ device }) => {
        const attempt = failures[device] ?? 0;
        failures[device] = attempt + 1;
        return Math.min(max, base * 2 ** attempt);
      };
    },
  };
}
