import { execFileSync } from "node:child_process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";

const { registry, eventLoop } = createMetrics({ version: "1", node: "v24", commit: "abc" });

async function lag(what: string): Promise<number> {
  const text = await registry.metrics();
  return Number(new RegExp(`^nodejs_eventloop_lag_${what}_seconds (.+)$`, "m").exec(text)?.[1]);
}

async function severalTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

function holdLoop(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test("a loop that nobody holds is not late", async () => {
  await registry.metrics();
  await severalTurns();
  expect(await lag("p50")).toBeLessThan(0.05);
});

test("of no turn since the last look nothing is told but 0", async () => {
  await registry.metrics();
  expect(await lag("min")).toBe(0);
  expect(await lag("mean")).toBe(0);
});

test("a loop that was held is late by as long, be it ever so short, and no more once that was told", async () => {
  await severalTurns();
  await registry.metrics();
  await nextTurn();
  holdLoop(30);
  await severalTurns();
  expect(await lag("max")).toBeGreaterThan(0.0299);
  await severalTurns();
  expect(await lag("min")).toBeLessThan(0.0299);
});

test("what a handler has held it for is told, of which Node may take off what it would have waited for a timer", async () => {
  await severalTurns();
  await registry.metrics();
  await severalTurns();
  eventLoop.held(2_000);
  eventLoop.held(1);
  expect(await lag("max")).toBe(2);
  await severalTurns();
  eventLoop.held(3_000);
  expect(await lag("p99")).toBe(3);
  expect(await lag("max")).toBeLessThan(2);
});

test("nothing is woken to find that out", () => {
  const metrics = new URL("../../../src/observe/metrics/metrics.ts", import.meta.url);
  const idle = `
    import { setTimeout } from "node:timers/promises";
    import { createMetrics } from ${JSON.stringify(metrics)};
    createMetrics({ version: "1", node: "v24", commit: "abc" });
    const turns = () => performance.nodeTiming.uvMetricsInfo.loopCount;
    await setTimeout(100);
    const before = turns();
    await setTimeout(600);
    process.stdout.write(String(turns() - before));`;
  const turns = execFileSync(process.execPath, ["--input-type=module", "--eval", idle], { encoding: "utf8" });
  expect(Number(turns)).toBeLessThan(5);
});
