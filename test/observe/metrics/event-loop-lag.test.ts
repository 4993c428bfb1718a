import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const { registry } = createMetrics({ version: "1", node: "v24", commit: "abc" });

async function lag(what: string): Promise<number> {
  const text = await registry.metrics();
  return Number(new RegExp(`^nodejs_eventloop_lag_${what}_seconds (.+)$`, "m").exec(text)?.[1]);
}

/** Counted by one of our own that looks as often: when it has looked twice, so has the registry's. */
async function severalLooks(): Promise<void> {
  const looks = monitorEventLoopDelay({ resolution: 100 });
  looks.enable();
  await waitUntil("the loop is looked at", () => looks.count > 2);
  looks.disable();
}

function holdLoop(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test("a loop that nobody holds is not late, however seldom it is looked at", async () => {
  await registry.metrics();
  await severalLooks();
  expect(await lag("min")).toBeLessThan(0.08);
});

test("of no look since the last scrape nothing is told but 0", async () => {
  await registry.metrics();
  expect(await lag("min")).toBe(0);
  expect(await lag("mean")).toBe(0);
});

test("a loop that was held is late by nearly as long", async () => {
  await registry.metrics();
  // From one look to the next is measured: the first after a scrape only begins.
  await severalLooks();
  holdLoop(600);
  await severalLooks();
  expect(await lag("max")).toBeGreaterThan(0.45);
});
