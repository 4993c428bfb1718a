import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/durations.ts";
import { cronTimes } from "../../src/schedule/cron-times.ts";
import { dueByCron, dueByInterval, LATE_MS, MOST_COUNTED } from "../../src/schedule/due.ts";
import { settle } from "../methods/bench.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { createScheduleBench, type ScheduleBench } from "./bench.ts";

/** What was told of missed runs. */
const told = ({ log }: ScheduleBench) =>
  log.lines().flatMap(({ missed, msg }) => (missed === undefined ? [] : [`${missed}: ${msg}`]));

const hourly = { cron: "0 * * * *", overlap: "allow" } as const;

async function benchWith(options: Parameters<ScheduleBench["add"]>[1]) {
  const bench = await createScheduleBench({ random: () => 0.5 });
  const runs: string[] = [];
  bench.add(() => runs.push(new Date(bench.clock.wallClock()).toISOString().slice(11, 16)), options);
  return { bench, runs };
}

/** Until the clocks are looked at again. */
const look = ({ clock }: ScheduleBench) => clock.advance(31 * SECOND);

describe("a machine that slept", () => {
  it("has missed runs: they are told and counted, and not made up for", async () => {
    const { bench, runs } = await benchWith(hourly);
    bench.clock.sleep(3 * HOUR + 20 * MINUTE);
    look(bench);
    expect(runs).toEqual([]);
    expect(told(bench)).toEqual(["3: 3 runs of the task did not take place, as the machine slept for 200m"]);
    expect(await bench.count("missed")).toBe(3);
    bench.clock.advance(40 * MINUTE);
    expect(runs).toEqual(["04:00"]);
  });

  it("catchUp: one run makes up for all of them", async () => {
    const { bench, runs } = await benchWith({ ...hourly, catchUp: "once" });
    bench.clock.sleep(3 * HOUR + 20 * MINUTE);
    look(bench);
    expect(runs).toEqual(["03:20"]);
    expect(told(bench)).toEqual([expect.stringMatching(/^3: .+; one makes up for it now$/)]);
    bench.clock.advance(40 * MINUTE);
    expect(runs).toEqual(["03:20", "04:00"]);
  });

  it("the same for an interval, which is one of the machine's time and not of ours", async () => {
    const { bench, runs } = await benchWith({ every: HOUR, overlap: "allow", catchUp: "once" });
    bench.clock.sleep(3 * HOUR);
    look(bench);
    expect(runs).toEqual(["03:00"]);
    expect(await bench.count("missed")).toBe(3);
    bench.clock.advance(HOUR);
    expect(runs).toEqual(["03:00", "03:30"]);
  });

  it("and woke less than a minute after the time is only late", async () => {
    const { bench, runs } = await benchWith(hourly);
    bench.clock.sleep(HOUR + 20 * SECOND);
    look(bench);
    expect(runs).toEqual(["01:00"]);
    expect(told(bench)).toEqual([]);
  });
});

describe("a clock that is set", () => {
  it("forward over a time: the run is told as missed", async () => {
    const { bench, runs } = await benchWith(hourly);
    bench.clock.setWallClock(90 * MINUTE);
    look(bench);
    expect(runs).toEqual([]);
    const why = "as the machine's clock was set forward by 90m";
    expect(told(bench)).toEqual([`1: a run of the task did not take place, ${why}`]);
  });

  it("from 1970, as on a machine without a battery: fifty years of runs are not missed", async () => {
    const clock = createFakeClock();
    clock.setWallClock(-clock.wallClock());
    const bench = await createScheduleBench({}, clock);
    const runs: number[] = [];
    for (const [name, cron] of Object.entries({ a: "* * * * * *", b: "0 1 * * *" }))
      bench.add(() => runs.push(1), { name, cron, catchUp: "once", overlap: "allow" });
    clock.setWallClock(Date.UTC(2026, 0, 1, 0, 59, 0));
    const before = runs.length;
    const started = performance.now();
    look(bench);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(told(bench)).toEqual([]);
    expect(runs.length - before).toBeLessThan(40);
    clock.advance(MINUTE);
    await settle();
    expect(bench.schedule.list().find(({ task }) => task === "plugin/b")).toMatchObject({
      next: "2026-01-02T01:00:00.000Z",
      last: { outcome: "ok" },
    });
  });

  it("back by an hour or less: nothing is done twice", async () => {
    const { bench, runs } = await benchWith(hourly);
    bench.clock.advance(HOUR + 5 * MINUTE);
    expect(runs).toEqual(["01:00"]);
    bench.clock.setWallClock(-10 * MINUTE);
    look(bench);
    bench.schedule.override({ "plugin/tidy": { timeout: "1m" } });
    bench.clock.advance(30 * MINUTE);
    expect(runs).toEqual(["01:00"]);
    bench.clock.advance(HOUR);
    expect(runs).toEqual(["01:00", "02:00"]);
  });

  it("back by years, as after a wrong one: the next run is the next by the right clock", async () => {
    const { bench, runs } = await benchWith(hourly);
    const wrong = 9 * 365 * DAY + 30 * MINUTE;
    bench.clock.setWallClock(wrong);
    look(bench);
    bench.clock.setWallClock(-wrong);
    look(bench);
    bench.clock.advance(HOUR);
    expect(runs).toEqual(["01:00"]);
  });

  it("an interval goes on as before", async () => {
    const { bench, runs } = await benchWith({ every: HOUR, overlap: "allow" });
    bench.clock.setWallClock(20 * DAY);
    bench.clock.advance(29 * MINUTE);
    bench.clock.setWallClock(-20 * DAY);
    bench.clock.advance(2 * HOUR);
    expect(runs).toEqual(["00:30", "01:30"]);
    expect(told(bench)).toEqual([]);
  });
});

it("more missed runs than anybody counts are told as so many or more, at once", async () => {
  const { bench } = await benchWith({ cron: "* * * * * *", overlap: "allow" });
  bench.clock.sleep(7 * DAY);
  const started = performance.now();
  look(bench);
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(told(bench)[0]).toMatch(/^100: 100 runs of the task or more did not take place/);
});

describe("property: what is due", () => {
  const passed = fc.oneof(
    fc.integer({ min: 0, max: 10 * SECOND }),
    fc.integer({ min: 0, max: 2 * HOUR }),
    fc.integer({ min: 0, max: 400 * DAY }),
  );

  it("by an expression: each time is run or missed once, one run at most, and none that is long over", () => {
    const expressions = fc.constantFrom("* * * * * *", "*/7 * * * *", "0 3 * * *", "0 0 1 * *");
    fc.assert(
      fc.property(expressions, passed, (expression, late) => {
        const times = cronTimes(expression, "UTC");
        const due = times.next(Date.UTC(2026, 4, 5, 6, 7, 8));
        const now = due + late;
        let occurrences = 0;
        let latest = due;
        for (let time = due; time <= now && occurrences <= MOST_COUNTED; time = times.next(time)) {
          occurrences += 1;
          latest = time;
        }
        const { run, missed, next } = dueByCron(times, { due, now });
        expect(next).toBe(times.next(now));
        if (occurrences <= MOST_COUNTED) {
          expect(missed + (run ? 1 : 0)).toBe(occurrences);
          expect(run).toBe(now - latest < LATE_MS);
        } else {
          expect(missed).toBeGreaterThanOrEqual(MOST_COUNTED - 1);
          expect(run).toBe(times.next(now - LATE_MS) <= now);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("by an interval: the same, and the rhythm is kept", () => {
    const intervals = fc.integer({ min: SECOND, max: DAY });
    fc.assert(
      fc.property(intervals, passed, (every, late) => {
        const due = 1_000;
        const { run, missed, next } = dueByInterval(every, { due, now: due + late });
        expect((next - due) % every).toBe(0);
        expect(next).toBeGreaterThan(due + late);
        expect(next - every).toBeLessThanOrEqual(due + late);
        const occurrences = (next - due) / every;
        expect(missed).toBe(Math.min(MOST_COUNTED, run ? occurrences - 1 : occurrences));
        expect(run).toBe(due + late - (next - every) < LATE_MS);
      }),
    );
  });
});
