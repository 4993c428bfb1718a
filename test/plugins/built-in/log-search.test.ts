import { expect, it } from "vitest";
import { searchLog } from "../../../src/plugins/built-in/log-search.ts";

const LINES = Array.from({ length: 100 }, (_, index) =>
  JSON.stringify({ level: "info", msg: String(index) }),
);

/** A clock by which each look at it takes so many milliseconds. */
function slowly(step: number) {
  let time = 0;
  return () => (time += step);
}

it("lets other work in between, each time that some milliseconds are over", async () => {
  let turns = 0;
  let searching = true;
  const count = (): void => {
    turns += 1;
    if (searching) setImmediate(count);
  };
  setImmediate(count);
  const { found } = await searchLog(
    LINES,
    { tail: 1_000 },
    { now: slowly(5), end: Number.POSITIVE_INFINITY },
  );
  searching = false;
  expect(found).toHaveLength(100);
  expect(turns).toBeGreaterThan(20);
});

it("is given up when its time is over, with what was found: the newest", async () => {
  const { found, incomplete } = await searchLog(LINES, { tail: 1_000 }, { now: slowly(5), end: 200 });
  expect(incomplete).toBe(true);
  expect(found.length).toBeGreaterThan(10);
  expect(found.length).toBeLessThan(60);
  expect(found[0]).toMatchObject({ msg: "99" });
});

it("a line that is not JSON is a line all the same", async () => {
  const limits = { now: slowly(0), end: 1 };
  const { found } = await searchLog(
    ["not JSON"],
    { tail: 1, pattern: (line) => line.includes("JSON") },
    limits,
  );
  expect(found).toEqual([{ msg: "not JSON" }]);
});
