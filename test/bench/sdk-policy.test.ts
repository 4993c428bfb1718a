import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sdkClient, sdkDelay, sdkPolicy } from "../../bench/herd/sdk-policy.ts";
import { MINUTE, SECOND } from "../../src/durations.ts";

afterEach(() => vi.restoreAllMocks());

describe("the SDK's policy in the simulation", () => {
  it("waits as long as the SDK itself would", () => {
    const client = sdkClient();
    const chance = vi.spyOn(Math, "random");
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), random, (retryCount, number) => {
        chance.mockReturnValue(number);
        const theirs = client._retryPolicy.nextRetryTimeout(retryCount, false);
        expect(sdkDelay(client, retryCount, number)).toBeCloseTo(theirs, 6);
      }),
    );
  });

  it("tries at once after a loss, and never again after four minutes", () => {
    const wait = sdkPolicy().herd(1);
    const setback = { device: 0, random: 0.5 };
    expect(wait({ ...setback, class: "lost", offlineFor: 0 })).toBe(0);
    expect(wait({ ...setback, class: "network", offlineFor: SECOND })).toBe(100);
    expect(wait({ ...setback, class: "refused", offlineFor: 4 * MINUTE - 1 })).toBeGreaterThan(100);
    expect(wait({ ...setback, class: "refused", offlineFor: 4 * MINUTE })).toBeUndefined();
  });
});
