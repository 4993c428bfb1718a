import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffCeiling, backoffDelay, boundsOf, patienceFor } from "../../src/link/backoff.ts";
import { FAILURE_CLASSES } from "../../src/link/failure.ts";
import { DEFAULT_POLICY, SECOND } from "./policy.ts";

describe("backoff with full jitter", () => {
  it.each([
    ["network", [1, 2, 4, 8, 15, 15, 15]],
    ["refused", [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]],
    ["unauthorized", [30, 60, 120, 240, 480, 900, 900]],
  ] as const)("doubles the ceiling of %s up to its bound", (patience, seconds) => {
    const ceilings = seconds.map(
      (_, attempt) => backoffCeiling(boundsOf(DEFAULT_POLICY, patience), attempt) / SECOND,
    );
    expect(ceilings).toEqual(seconds);
  });

  it("is anything from nothing to the ceiling, however many attempts there were", () => {
    const attempts = fc.nat({ max: 1_000_000_000 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom("network", "refused", "unauthorized"),
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
    const bounds = { base: 1000, max: 60_000 };
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
