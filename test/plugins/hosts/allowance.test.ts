import { expect, it } from "vitest";
import { createAllowance } from "../../../src/plugins/hosts/allowance.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

function createScene() {
  const clock = createFakeClock();
  const told: number[] = [];
  const allowance = createAllowance({
    now: clock.now,
    setTimer: clock.setTimer,
    tell: (dropped) => told.push(dropped),
  });
  const take = (times: number): number =>
    Array.from({ length: times }, () => allowance.take()).filter(Boolean).length;
  return { clock, told, take };
}

it("a hundred lines a second are let through, each second anew", () => {
  const { clock, told, take } = createScene();
  expect(take(100)).toBe(100);
  clock.advance(1_000);
  expect(take(100)).toBe(100);
  expect(told).toEqual([]);
});

it("how many were not is told when the second is over, whether or not more lines come", () => {
  const { clock, told, take } = createScene();
  expect(take(350)).toBe(100);
  expect(told).toEqual([]);
  clock.advance(1_000);
  expect(told).toEqual([250]);
});
