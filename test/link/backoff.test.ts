import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffCeiling, backoffDelay } from "../../src/full-jitter.ts";
import { boundsOf, patienceFor } from "../../src/link/backoff.ts";
import { FAILURE_CLASSES } from "../../src/link/failure.ts";
import { DEFAULT_POLICY, SECOND } from "./policy.ts";

describe("backoff with full jitter", () => {
  it.each([
    ["network", { 0: 1, 1: 1.06, 12: 2.01, 24: 4.05, 48: 16.39, 51: 19.53, 52: 20, 1000: 20 }],
    ["refused", { 0: 5, 1: 6, 2: 7.2, 10: 31, 20: 191.7, 22: 276, 23: 300, 1000: 300 }],
    ["unauthorized", { 0: 30, 1: 60, 2: 120, 4: 480, 5: 900, 1000: 900 }],
    ["conflict", { 0: 15, 1: 30, 2: 60, 3: 120, 4: 120, 1000: 120 }],
  ] as const)("lets the ceiling of %s grow up to its bound", (patience, seconds) => {
    for (const [attempt, ceiling] of Object.entries(seconds)) {
      const bounds = boundsOf(DEFAULT_POLICY, patience);
      expect(backoffCeiling(bounds, Number(attempt)) / SECOND).toBeCloseTo(ceiling, 1);
    }
  });

  it("is anything from nothing to the ceiling, however many attempts there were", () => {
    const attempts = fc.nat({ max: 1_000_000_000 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom("network", "refused", "unauthorized", "conflict"),
        attempts,
        random,
        (patience, attempt, number) => {
          const bounds = boundsOf(DEFAULT_POLICY, patience);
          const delay = backoffDelay(bounds, attempt, number);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(backoffCeiling(bounds, attempt));
          expect(Number.isSafeInteger(delay)).toBe(true);
        },
      ),
    );
  });

  it("uses the whole range: nothing, the middle, and almost the ceiling", () => {
    const bounds = { base: 1000, max: 60_000, growth: 2 };
    expect(backoffDelay(bounds, 3, 0)).toBe(0);
    expect(backoffDelay(bounds, 3, 0.5)).toBe(4000);
    expect(backoffDelay(bounds, 3, 0.9999)).toBe(7999);
  });

  it("has a patience for every class of failure", () => {
    expect(Object.fromEntries(FAILURE_CLASSES.map((failure) => [failure, patienceFor(failure)]))).toEqual({
      network: "network",
      tls: "refused",
      refused: "refused",
      unauthorized: "unauthorized",
      clock: "unauthorized",
      conflict: "conflict",
      lost: "network",
    });
  });
});
