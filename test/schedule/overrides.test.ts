import { describe, expect, it } from "vitest";
import { HOUR, MINUTE } from "../../src/durations.ts";
import type { WrittenTask, WrittenTasks } from "../../src/rules/written-tasks.ts";
import type { ScheduleOptions } from "../../src/schedule/schedule.ts";
import type { Task } from "../../src/schedule/task.ts";
import { createScheduleBench, type ScheduleBench } from "./bench.ts";

const statusOf = ({ schedule }: ScheduleBench, label: string) =>
  schedule.list().find(({ task }) => task === label);
const nextOf = (bench: ScheduleBench, label = "plugin/tidy") => statusOf(bench, label)?.next?.slice(11, 19);
const task = { plugin: "plugin", name: "tidy", overlap: "skip", timeout: 1_000, run: () => 1 } as const;
const noon: Task = { ...task, cron: "0 12 * * *" };

async function benchWith(tasks: readonly Task[], options: Partial<ScheduleOptions> = {}) {
  const bench = await createScheduleBench({ random: () => 0.5, ...options });
  bench.schedule.replace("plugin", tasks);
  return bench;
}

describe("a plugin's task", () => {
  it("is done as the configuration wants it, and over that as the twin does, until it wants it no more", async () => {
    const bench = await benchWith([noon], { configured: { "plugin/tidy": { cron: "0 6 * * *" } } });
    expect(nextOf(bench)).toBe("06:00:00");
    bench.schedule.override({ "plugin/tidy": { cron: "0 7 * * *", timezone: "Europe/Berlin" } });
    expect(nextOf(bench)).toBe("06:00:00"); // 07:00 in Berlin
    bench.schedule.override({ "plugin/tidy": { every: "10m" } });
    expect(nextOf(bench)).toBe("00:05:01");
    bench.schedule.override({});
    expect(nextOf(bench)).toBe("06:00:00");
    expect(statusOf(bench, "plugin/tidy")).toMatchObject({ cron: "0 6 * * *", enabled: true });
  });

  it("can be switched off and on, and is still there to be run by hand", async () => {
    let runs = 0;
    const bench = await benchWith([{ ...noon, every: HOUR, run: () => (runs += 1) }]);
    bench.schedule.override({ "plugin/tidy": { enabled: false } });
    expect(statusOf(bench, "plugin/tidy")).toMatchObject({ enabled: false });
    expect(nextOf(bench)).toBeUndefined();
    expect(bench.clock.pending).toBe(0);
    bench.clock.advance(5 * HOUR);
    expect(runs).toBe(0);
    expect(await bench.runNow()).toBe("ok");
    bench.schedule.override({});
    bench.clock.advance(HOUR);
    expect(runs).toBe(2);
  });

  it("that was switched off has missed nothing when it is on again", async () => {
    const bench = await benchWith([{ ...noon, catchUp: "once" }]);
    bench.schedule.override({ "plugin/tidy": { enabled: false } });
    bench.clock.advance(30 * HOUR);
    bench.schedule.override({});
    expect(await bench.count("missed")).toBe(0);
    expect(statusOf(bench, "plugin/tidy")?.last).toBeUndefined();
  });

  it("whose times stay the same keeps its rhythm, whatever else changes", async () => {
    let at = 0.9;
    const other: Task = { ...task, name: "other", every: 10 * MINUTE };
    const bench = await benchWith([{ ...task, every: HOUR }, other], { random: () => at });
    bench.clock.advance(MINUTE);
    const [tidy, before] = [nextOf(bench), nextOf(bench, "plugin/other")];
    at = 0.1;
    bench.schedule.override({ "plugin/tidy": { timeout: "5s", overlap: "allow", jitter: "1m" } });
    bench.schedule.replace("plugin", [{ ...task, every: HOUR }, other]);
    expect([nextOf(bench), nextOf(bench, "plugin/other")]).toEqual([tidy, before]);
  });

  it("of a plugin that is gone for a while does not begin its waits anew: it might never be due", async () => {
    let runs = 0;
    const hourly: Task = { ...task, every: HOUR, run: () => (runs += 1) };
    const bench = await benchWith([hourly], { random: () => 0.99 });
    for (let crash = 0; crash < 20; crash += 1) {
      bench.clock.advance(10 * MINUTE);
      bench.schedule.remove("plugin");
      bench.schedule.replace("plugin", [hourly]);
    }
    expect(runs).toBe(3);
  });

  it("runs at each start of its plugin if it says so, and not when it is changed", async () => {
    let runs = 0;
    const bench = await benchWith([{ ...noon, runAtStart: true, overlap: "allow", run: () => (runs += 1) }]);
    expect(runs).toBe(1);
    bench.schedule.override({ "plugin/tidy": { cron: "0 6 * * *" } });
    expect(runs).toBe(1);
    bench.schedule.replace("plugin", [
      { ...noon, runAtStart: true, run: () => (runs += 1), overlap: "allow" },
    ]);
    expect(runs).toBe(2);
  });

  it("takes a jitter that fits its new interval", async () => {
    let runs = 0;
    const bench = await benchWith([{ ...noon, jitter: 2 * HOUR, run: () => (runs += 1) }]);
    bench.schedule.override({ "plugin/tidy": { every: "10m" } });
    bench.clock.advance(9 * MINUTE); // It is due after five, and waits five more.
    expect(runs).toBe(0);
    bench.clock.advance(MINUTE);
    expect(runs).toBe(1);
  });

  it("that comes later finds what was wanted of it before; one whose name has a dot too", async () => {
    const bench = await benchWith([]);
    bench.schedule.override({ "a_b/c_d": { cron: "0 5 * * *" }, "plugin/tidy": { enabled: false } });
    expect(bench.schedule.unknown({ "a_b/c_d": {}, "x/y": {} })).toEqual(["a_b/c_d", "x/y"]);
    bench.schedule.replace("a.b", [{ ...noon, plugin: "a.b", name: "c.d" }]);
    bench.schedule.replace("plugin", [noon]);
    expect(nextOf(bench, "a.b/c.d")).toBe("05:00:00");
    expect(nextOf(bench)).toBeUndefined();
    bench.schedule.remove("plugin");
    expect(bench.schedule.unknown({ "a_b/c_d": {}, "plugin/tidy": {}, "x/y": {} })).toEqual(["x/y"]);
  });
});

describe("a task of the device's own", () => {
  async function benchWithOwn(configured: WrittenTasks) {
    const ran: [string, WrittenTask][] = [];
    const bench = await createScheduleBench({
      random: () => 0.5,
      configured,
      ownRun: (name, written) => () => ran.push([name, written]),
    });
    bench.schedule.beginOwn();
    return { bench, ran };
  }
  const ping = { method: "hubhand.ping", every: "10m", overlap: "allow" } as const;

  it("is of the configuration, changed by the twin or of the twin alone", async () => {
    const { bench, ran } = await benchWithOwn({ beat: ping });
    bench.clock.advance(10 * MINUTE);
    expect(ran).toEqual([["beat", ping]]);
    bench.schedule.override({ beat: { payload: 7 }, nightly: { method: "x", cron: "0 3 * * *" } });
    bench.clock.advance(10 * MINUTE);
    expect(ran.at(-1)).toEqual(["beat", { ...ping, payload: 7 }]);
    expect(bench.schedule.list().map((one) => one.task)).toEqual(["beat", "nightly"]);
    bench.schedule.override({});
    expect(bench.schedule.list().map((one) => one.task)).toEqual(["beat"]);
    bench.clock.advance(10 * MINUTE);
    expect(ran.at(-1)).toEqual(["beat", ping]);
    expect(ran).toHaveLength(3);
  });

  it("begins when its methods are there", async () => {
    const ran: string[] = [];
    const bench = await createScheduleBench({
      configured: { beat: { ...ping, runAtStart: true } },
      ownRun: (name) => () => ran.push(name),
    });
    bench.schedule.override({ other: { ...ping, runAtStart: true } });
    bench.clock.advance(HOUR);
    expect(ran).toEqual([]);
    bench.schedule.beginOwn();
    expect(ran).toEqual(["beat", "other"]);
  });

  it("that is as it was goes on undisturbed", async () => {
    const { bench, ran } = await benchWithOwn({ beat: { ...ping, runAtStart: true } });
    bench.clock.advance(6 * MINUTE);
    bench.schedule.override({ other: { ...ping, enabled: false } });
    bench.schedule.override({ beat: { timeout: "5s" } });
    expect(ran).toHaveLength(1);
    bench.clock.advance(4 * MINUTE);
    expect(ran).toHaveLength(2);
  });
});

it("what the twin wants is checked together with what the configuration says", async () => {
  const { schedule } = await benchWith([], { configured: { beat: { method: "m", every: "5m" } } });
  expect(schedule.problem({ beat: { enabled: false } })).toBeUndefined();
  expect(schedule.problem({ beat: { jitter: "10m" } })).toBe("beat.jitter: 10m is longer than every, 5m");
  expect(schedule.problem({ lonely: { enabled: false } })).toMatch(/^lonely: .+ names no method/);
  expect(schedule.problem([])).toMatch(/^expected a mapping/);
});
