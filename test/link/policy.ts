import type { BackoffPolicy } from "../../src/link/backoff.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** The patience that a device has if nothing is configured. */
export const DEFAULT_POLICY: BackoffPolicy = {
  networkBase: SECOND,
  networkMax: 15 * SECOND,
  refusedBase: SECOND,
  refusedMax: 5 * MINUTE,
  unauthorizedBase: 30 * SECOND,
  unauthorizedMax: 15 * MINUTE,
  conflictBase: 15 * SECOND,
  conflictMax: 2 * MINUTE,
};
