import type { BackoffBounds } from "../full-jitter.ts";
import type { FailureClass } from "./failure.ts";

/** How patient the link is, by what an attempt costs the hub. */
export type Patience = "network" | "refused" | "unauthorized" | "conflict";

/** The bounds of each patience, as the configuration has them: `networkBase`, `networkMax`, … */
export type BackoffPolicy = Readonly<Record<`${Patience}${"Base" | "Max"}`, number>>;

/**
 * With full jitter an attempt comes after half its ceiling, so after a while offline the ceiling is about
 * 2 (growth - 1) of that while, whatever the base. A doubling makes it twice as long as the outage: too long
 * for a device that could be back, and for a hub whose last devices sleep while it has room. So the growth
 * that fits does not depend on how large the fleet is or how fast its hub; it is no setting.
 * Chosen by `npm run bench:herd`, see docs/decisions/0009-backoff-from-a-simulation.md.
 */
const GROWTH: Readonly<Record<Patience, number>> = {
  network: 1.06,
  refused: 1.2,
  unauthorized: 2,
  conflict: 2,
};

export const boundsOf = (policy: BackoffPolicy, patience: Patience): BackoffBounds => ({
  base: policy[`${patience}Base`],
  max: policy[`${patience}Max`],
  growth: GROWTH[patience],
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
