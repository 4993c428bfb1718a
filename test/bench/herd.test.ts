import { describe, expect, it } from "vitest";
import { candidate, contenders } from "../../bench/herd/contenders.ts";
import { measureHerd, OUTAGES, type Outage } from "../../bench/herd/measure.ts";
import { RATES } from "../../bench/herd/programme.ts";
import { MINUTE, SECOND } from "../../src/durations.ts";

/** Few enough to be quick; with fewer, the last hundredth is a matter of luck. */
const DEVICES = 20_000;
const SEEDS = [1, 2];
const { cut, half, long } = OUTAGES;
const [hubhand, sdk, plain] = contenders();
if (!hubhand || !sdk || !plain) throw new Error("the three policies to compare are not there");

const measure = (policy: typeof hubhand, outage: Outage, admitted: number, seed = 1) =>
  measureHerd({ devices: DEVICES, seed, policy, outage, admitted });

describe("a fleet that loses its hub", () => {
  const cases = [cut, half, long].flatMap((outage) =>
    RATES.map((rate) => [outage.name, rate, outage] as const),
  );

  it.each(cases)(
    "has 99 in 100 back within 1.2 times what the hub needs: %s, %i admitted a second",
    (...args) => {
      const [, rate, outage] = args;
      for (const seed of SEEDS) {
        const { ratio, back } = measure(hubhand, outage, rate, seed);
        expect(ratio).toBeGreaterThanOrEqual(1);
        expect(ratio).toBeLessThanOrEqual(1.2);
        expect(back).toBe(1);
      }
    },
  );

  it("would not be, if the ceilings after a refusal doubled", () => {
    const doubling = candidate("refused", { base: SECOND, growth: 2, max: 5 * MINUTE });
    expect(measure(doubling, cut, 1000).ratio).toBeGreaterThan(1.3);
  });

  it("never comes back with the SDK's policy if the hub needs more than its four minutes", () => {
    expect(measure(sdk, long, 1000).back).toBe(0);
    expect(measure(sdk, cut, 100).back).toBeLessThan(0.3);
  });

  it("is not back within the hour if it doubles without jitter", () => {
    expect(measure(plain, cut, 1000)).toMatchObject({ until99: null, peak: DEVICES });
  });

  it("asks a hub that returns after ten minutes less at once than after a cut", () => {
    expect(measure(hubhand, long, 1000).peak).toBeLessThan(measure(hubhand, cut, 1000).peak / 3);
  });
});
