import { expect, test } from "vitest";
import { TIERS } from "../../bench/fleet/limits.ts";
import { USUAL } from "../../bench/fleet/loads.ts";
import { planOf, returnSeconds } from "../../bench/fleet/plan.ts";
import { simulateReturn } from "../../bench/fleet/return.ts";
import { simulateThrottled } from "../../bench/fleet/throttled.ts";
import { seededRandom } from "../../bench/herd/seeded-random.ts";

const BOUNDS = { base: 1000, max: 60_000, growth: 2 };

test("who comes to a hub with room is answered when it comes", () => {
  const arrivals = Float64Array.from([0, 10, 20]);
  const { answered, refused } = simulateThrottled({
    arrivals,
    rate: 10,
    bounds: BOUNDS,
    random: seededRandom(1),
  });
  expect([...answered]).toEqual([0, 10, 20]);
  expect(refused).toBe(0);
});

test("of those that come at once, each is answered once, and no more in a second than the hub gives", () => {
  const arrivals = new Float64Array(500);
  const { answered, refused } = simulateThrottled({
    arrivals,
    rate: 50,
    bounds: BOUNDS,
    random: seededRandom(1),
  });
  expect(answered).toHaveLength(500);
  expect(refused).toBeGreaterThan(0);
  for (let from = 0; from < answered.length - 101; from += 1)
    expect((answered[from + 101] ?? 0) - (answered[from] ?? 0)).toBeGreaterThan(1000);
});

test("a fleet is online, has read and has told in that order, and not much later than its hub's limits make it", () => {
  const plan = planOf({ ...USUAL, devices: 5_000 }, TIERS.S1);
  const { online, read, told } = simulateReturn(plan);
  const least = returnSeconds(plan);
  expect(online).toBeGreaterThan(0.9 * least.connections);
  expect(online).toBeLessThan(read);
  expect(read).toBeLessThan(told);
  expect(told).toBeGreaterThan(0.9 * least.twinUpdates);
  expect(told).toBeLessThan(4 * (least.connections + least.twinReads + least.twinUpdates));
});
