import { expect, it } from "vitest";
import { timeField } from "../../../src/observe/log/time-field.ts";

it("says what a date says, forwards and backwards in time", () => {
  const start = Date.UTC(2026, 11, 31, 23, 59, 58, 0);
  let now = start;
  const field = timeField(() => now);
  for (const step of [0, 1, 8, 0, 90, 900, 1, 1_000, 999, 1, -1, -5_000, 86_400_000, -start, 7]) {
    now += step;
    expect(field()).toBe(`,"time":"${new Date(now).toISOString()}"`);
  }
});
