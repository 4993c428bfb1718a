import { expect, it, onTestFinished, vi } from "vitest";
import { waitUntil } from "../support/wait-until.ts";
import { createScheduleBench } from "./bench.ts";

const everySecond = "* * * * * *";

/** Time that moves only when it is told to, for the library that the schedule is made with. */
function fakeTime(now: number): void {
  vi.useFakeTimers({ now, toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

it("a task runs when it is due, for real", async () => {
  const bench = await createScheduleBench();
  let runs = 0;
  bench.add(() => (runs += 1), { cron: everySecond });
  await waitUntil("a run", () => runs > 0);
  await bench.schedule.stop(1_000);
  expect(await bench.count("ok")).toBe(runs);
});

it("a task with six fields runs by the second, and after stop nothing runs any more", async () => {
  fakeTime(Date.UTC(2026, 0, 1, 2, 59, 55, 250));
  const bench = await createScheduleBench();
  const runs: number[] = [];
  bench.add(() => runs.push(Date.now()), { cron: everySecond });
  await vi.advanceTimersByTimeAsync(10_000);
  const first = Date.UTC(2026, 0, 1, 2, 59, 56);
  expect(runs).toEqual(Array.from({ length: 10 }, (_, index) => first + index * 1_000));
  await bench.schedule.stop(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(runs).toHaveLength(10);
  expect(await bench.count("ok")).toBe(10);
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
  fakeTime(Date.UTC(2026, 0, 1, 2, 59, 58));
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
