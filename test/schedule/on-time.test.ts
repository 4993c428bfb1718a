import { expect, it } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/durations.ts";
import { createSchedule } from "../../src/schedule/schedule.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { createScheduleBench } from "./bench.ts";

const everySecond = "* * * * * *";

it("a task runs when it is due, for real", async () => {
  const bench = await createScheduleBench();
  const schedule = createSchedule({ timezone: undefined, metrics: bench.metrics, logger: bench.log.logger });
  const due: number[] = [];
  const run = () => due.push(Date.now() % SECOND);
  schedule.add([{ name: "tidy", plugin: "plugin", cron: everySecond, overlap: "skip", timeout: 1_000, run }]);
  await waitUntil("a run", () => due.length > 0);
  await schedule.stop(1_000);
  expect(due[0]).toBeLessThan(SECOND / 2);
  expect(await bench.count("ok")).toBe(due.length);
});

it("a task with six fields runs by the second, and after stop nothing runs any more", async () => {
  const bench = await createScheduleBench();
  const runs: number[] = [];
  bench.add(() => runs.push(bench.clock.wallClock()), { cron: everySecond, overlap: "allow" });
  bench.clock.advance(250);
  bench.clock.advance(10 * SECOND);
  const first = Date.UTC(2026, 0, 1, 0, 0, 2);
  expect(runs).toEqual(Array.from({ length: 10 }, (_, index) => first + index * SECOND));
  await bench.schedule.stop(0);
  bench.clock.advance(10 * SECOND);
  expect(runs).toHaveLength(10);
  expect(bench.clock.pending).toBe(0);
});

it("tasks of a batch that cannot all be scheduled are not scheduled at all", async () => {
  const bench = await createScheduleBench();
  const task = { plugin: "p", overlap: "skip", timeout: 1_000, run: () => 1 } as const;
  expect(() =>
    bench.schedule.add([
      { ...task, name: "good", cron: everySecond },
      { ...task, name: "bad", cron: "61 * * * *" },
    ]),
  ).toThrow();
  expect(await bench.schedule.runNow("p", "good")).toBeUndefined();
});

it.each([
  ["the task's own", "Europe/Berlin", "Asia/Tokyo"],
  ["else the schedule's", "Asia/Tokyo", undefined],
])("noon is noon in the time zone: %s", async (_, ofSchedule, ofTask) => {
  const bench = await createScheduleBench({ timezone: ofSchedule });
  let runs = 0;
  bench.add(() => (runs += 1), { cron: "0 12 * * *", timezone: ofTask }); // 03:00 UTC in Tokyo
  bench.clock.advance(3 * HOUR - 2 * SECOND);
  expect(runs).toBe(0);
  bench.clock.advance(SECOND);
  expect(runs).toBe(1);
  bench.clock.advance(23 * HOUR);
  expect(runs).toBe(1);
});

it("every: again and again from somewhere in the interval, without drift, however long a run takes", async () => {
  const bench = await createScheduleBench({ random: () => 0.25 });
  const runs: number[] = [];
  const begin = bench.clock.now();
  bench.add(() => runs.push(bench.clock.now() - begin), { every: 10 * MINUTE, overlap: "allow" });
  bench.clock.advance(32 * MINUTE + 30 * SECOND);
  expect(runs).toEqual([2.5 * MINUTE, 12.5 * MINUTE, 22.5 * MINUTE, 32.5 * MINUTE]);
});

it("runAtStart: at once, and then after each interval", async () => {
  const bench = await createScheduleBench({ random: () => 0.25 });
  const runs: number[] = [];
  const begin = bench.clock.now();
  const task = { every: 10 * MINUTE, runAtStart: true, overlap: "allow" } as const;
  bench.add(() => runs.push(bench.clock.now() - begin), task);
  bench.clock.advance(20 * MINUTE);
  expect(runs).toEqual([0, 10 * MINUTE, 20 * MINUTE]);
});

it("jitter: each run waits a random part of it, and one whose plugin is gone meanwhile does not begin", async () => {
  const random = [0.5, 0.1, 0.9][Symbol.iterator]();
  const bench = await createScheduleBench({ random: () => random.next().value ?? 0.5 });
  const runs: number[] = [];
  const task = { cron: "0 * * * *", jitter: 10 * MINUTE, overlap: "allow" } as const;
  bench.add(() => runs.push(bench.clock.wallClock() % HOUR), task);
  bench.clock.advance(2 * HOUR + 30 * MINUTE);
  expect(runs).toEqual([5 * MINUTE, MINUTE]);
  bench.clock.advance(31 * MINUTE);
  bench.schedule.remove("plugin");
  bench.clock.advance(30 * MINUTE);
  expect(runs).toHaveLength(2);
  expect(bench.clock.pending).toBe(0);
});
