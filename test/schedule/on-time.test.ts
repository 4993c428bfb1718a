import { expect, it, onTestFinished, vi } from "vitest";
import { waitUntil } from "../support/wait-until.ts";
import { createScheduleBench } from "./bench.ts";

const everySecond = "* * * * * *";

it("a task with six fields runs by the second, for real", async () => {
  const bench = await createScheduleBench();
  const runs: number[] = [];
  bench.add(() => runs.push(Date.now()), { cron: everySecond });
  await waitUntil("two runs", () => runs.length >= 2);
  await bench.schedule.stop(1_000);
  expect((runs[1] ?? 0) - (runs[0] ?? 0)).toBeGreaterThan(500);
  expect(await bench.count("ok")).toBe(runs.length);
});

it("after stop nothing runs any more", async () => {
  const bench = await createScheduleBench();
  let runs = 0;
  bench.add(() => (runs += 1), { cron: everySecond });
  await waitUntil("a run", () => runs > 0);
  await bench.schedule.stop(1_000);
  const before = runs;
  const witness = await createScheduleBench();
  let turns = 0;
  witness.add(() => (turns += 1), { cron: everySecond });
  await waitUntil("another schedule to run twice", () => turns >= 2);
  await witness.schedule.stop(1_000);
  expect(runs).toBe(before);
});

it("tasks of a batch that cannot all be scheduled are not scheduled at all", async () => {
  const bench = await createScheduleBench();
  const task = { plugin: "p", timezone: undefined, overlap: "skip", timeout: 1_000, run: () => 1 } as const;
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
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 2, 59, 58), toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const bench = await createScheduleBench(ofSchedule);
  let runs = 0;
  bench.add(() => (runs += 1), { cron: "0 12 * * *", timezone: ofTask }); // 03:00 UTC in Tokyo
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toBe(0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(23 * 3_600_000);
  expect(runs).toBe(1);
  await bench.schedule.stop(0);
});
