import type { Way } from "./dialing.ts";
import type { Failure } from "./failure.ts";

/** `auto` falls back to WebSockets where MQTT's port is blocked. */
export type TransportChoice = Way | "auto";

/** Which way to the hub to go: pure but for what it remembers. */
export interface Ways {
  /**
   * The ways for one attempt, the first the better.
   * @param fresh begin with the best again, rather than with the one that worked: while a session lives that bears the wait
   */
  order(fresh: boolean): readonly Way[];
  /** Whether the next way is worth trying within the same attempt: this failure may be of the way, and not of the hub. */
  worthAnother(failure: Failure): boolean;
  worked(way: Way): void;
  /** An attempt has failed by all ways that were worth it. */
  failed(): void;
  /** Whether the way that works is not the best, so that the better one is to be tried again now and then. */
  readonly secondBest: boolean;
}

const ALL: readonly Way[] = ["mqtt", "websockets"];

/** A name that does not resolve is the same on every port. */
const SAME_EVERYWHERE = new Set(["ENOTFOUND", "EAI_AGAIN"]);

/** After so many failed attempts in a row it counts no more which way has worked once. */
const FORGET_AFTER = 4;

/** @param viaProxy WebSockets go through a proxy: then there is one because other ways are closed, and they come first */
export function createWays(choice: TransportChoice, { viaProxy }: { viaProxy: boolean }): Ways {
  const best: readonly Way[] = choice === "auto" ? (viaProxy ? ALL.toReversed() : ALL) : [choice];
  let preferred = best;
  let failedInARow = 0;
  return {
    order: (fresh) => (fresh ? best : preferred),
    worthAnother: ({ class: failureClass, reason }) =>
      // A port that is blocked, one where something else shows its certificate, or where another HTTP server answers.
      (failureClass === "network" && !SAME_EVERYWHERE.has(reason)) ||
      failureClass === "tls" ||
      reason.startsWith("http-"),
    failed() {
      failedInARow += 1;
      if (failedInARow >= FORGET_AFTER) preferred = best;
    },
    worked(way) {
      failedInARow = 0;
      preferred = [way, ...best.filter((each) => each !== way)];
    },
    get secondBest() {
      return preferred[0] !== best[0];
    },
  };
}
