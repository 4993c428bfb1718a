import { describe, expect, it } from "vitest";
import { contenders } from "../../bench/herd/contenders.ts";
import { measureDevice, OUTAGES, type Outage } from "../../bench/herd/measure.ts";

const [hubhand, sdk] = contenders();
if (!hubhand || !sdk) throw new Error("the policies to compare are not there");

const measure = (policy: typeof hubhand, outage: Outage, seed: number) =>
  measureDevice({ tries: 4_000, seed, policy, outage });

describe("one device alone", () => {
  it.each([
    { outage: OUTAGES.cut, within: 1 },
    { outage: OUTAGES.short, within: 3 },
    { outage: OUTAGES.minute, within: 3 },
    { outage: OUTAGES.long, within: 10 },
  ])("is back in the median $within s after $outage.name", ({ outage, within }) => {
    for (const seed of [1, 2, 3]) {
      expect(measure(hubhand, outage, seed).median).toBeLessThanOrEqual(within);
    }
  });

  it("is sooner back than with the SDK's policy, which gives up after four minutes", () => {
    const ours = measure(hubhand, OUTAGES.short, 1).median ?? Number.POSITIVE_INFINITY;
    expect(ours).toBeLessThan(measure(sdk, OUTAGES.short, 1).median ?? 0);
    expect(measure(sdk, OUTAGES.long, 1).median).toBeNull();
  });
});
