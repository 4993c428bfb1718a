import { describe, expect, it } from "vitest";
import { seededRandom } from "../../bench/herd/seeded-random.ts";
import { type Sample, trendOf } from "./slope.ts";

const MINUTE = 60_000;

/** Looks every two seconds at a heap that fills by 5 until it is collected, every 40 s, with some noise. */
function heap(minutes: number, level: (minute: number) => number): Sample[] {
  const random = seededRandom(1);
  return Array.from({ length: minutes * 30 }, (_, index) => {
    const at = index * 2_000;
    const garbage = (5 * (at % 40_000)) / 40_000;
    return { at, value: level(at / MINUTE) + garbage + random() };
  });
}

describe("the trend of half an hour", () => {
  it("is flat where only garbage comes and goes", () => {
    const trend = trendOf(heap(30, () => 20));
    expect(Math.abs(trend?.growth ?? 99)).toBeLessThan(0.5);
    expect(trend?.certainGrowth).toBeLessThanOrEqual(0.1);
    expect(trend?.low).toBeCloseTo(20, 0);
  });

  it("sees a leak below the garbage", () => {
    const trend = trendOf(heap(30, (minute) => 20 + minute / 4));
    expect(trend?.growth).toBeCloseTo(5, 0);
    expect(trend?.certainGrowth).toBeGreaterThan(4);
    expect(trend?.perHour).toBeGreaterThan(12);
    expect(trend?.perHour).toBeLessThan(18);
  });

  it("does not mind what grows in the first third, nor what shrinks", () => {
    expect(trendOf(heap(30, (minute) => 20 + Math.min(minute, 10)))?.certainGrowth).toBeLessThan(0.1);
    expect(trendOf(heap(30, (minute) => 20 - minute / 4))?.growth).toBeLessThan(-4);
  });
});

it("is not certain of anything in two minutes of noise", () => {
  const trend = trendOf(heap(2, () => 20));
  expect(trend?.certainGrowth).toBeLessThan(0);
});

it("says nothing of a few looks", () => {
  expect(trendOf([])).toBeUndefined();
  expect(trendOf(heap(1, () => 20).slice(0, 4))).toBeUndefined();
});
