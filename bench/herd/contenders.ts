import { loadConfig } from "../../src/config/index.ts";
import { MINUTE, SECOND } from "../../src/durations.ts";
import type { BackoffBounds } from "../../src/full-jitter.ts";
import { boundsOf, type Patience } from "../../src/link/backoff.ts";
import { hubhandPolicy, plainPolicy, type WaitingPolicy } from "./policies.ts";
import { sdkPolicy } from "./sdk-policy.ts";

/** What a device has that nobody configured. */
export function defaultBounds(patience: Patience): BackoffBounds {
  const { values } = loadConfig({ env: {}, cwd: import.meta.dirname });
  return boundsOf(values.link.backoff, patience);
}

/** The default policy, with other bounds for one patience. */
export function candidate(changed: Patience, bounds: BackoffBounds): WaitingPolicy {
  const usual = { network: defaultBounds("network"), refused: defaultBounds("refused") };
  return hubhandPolicy((patience) => {
    if (patience === changed) return bounds;
    return patience === "network" ? usual.network : usual.refused;
  });
}

/** Ours as it is, and the two it has to beat. */
export const contenders = (): WaitingPolicy[] => [
  candidate("network", defaultBounds("network")),
  sdkPolicy(),
  plainPolicy({ base: SECOND, max: 5 * MINUTE }),
];

const bounds = (base: number, growth: number, max: number): BackoffBounds => ({ base, growth, max });

/** What was considered for attempts that do not reach the hub; the chosen one is among them. */
export const NETWORK_CANDIDATES: readonly BackoffBounds[] = [
  bounds(SECOND, 2, 10 * SECOND),
  bounds(SECOND, 2, 15 * SECOND),
  bounds(SECOND, 1.25, 30 * SECOND),
  bounds(SECOND, 1.1, 20 * SECOND),
  bounds(SECOND, 1.06, 20 * SECOND),
  bounds(SECOND, 1.06, 30 * SECOND),
];

/** What was considered for attempts that the hub refuses; the chosen one is among them. */
export const REFUSED_CANDIDATES: readonly BackoffBounds[] = [
  bounds(SECOND, 2, 5 * MINUTE),
  bounds(SECOND, 2, 2 * MINUTE),
  bounds(5 * SECOND, 1.5, 5 * MINUTE),
  bounds(5 * SECOND, 1.3, 5 * MINUTE),
  bounds(SECOND, 1.2, 5 * MINUTE),
  bounds(5 * SECOND, 1.2, 5 * MINUTE),
  bounds(5 * SECOND, 1.2, 2 * MINUTE),
  bounds(10 * SECOND, 1.2, 5 * MINUTE),
  bounds(5 * SECOND, 1.1, 5 * MINUTE),
];
