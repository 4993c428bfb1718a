import fc from "fast-check";
import { createTask } from "node-cron";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/durations.ts";
import { cronTimes } from "../../src/schedule/cron-times.ts";

/** So many times after that one, as ISO 8601 without what is always the same. */
function timesAfter(count: number, from: string, expression: string, zone = "Europe/Berlin"): string[] {
  const times = cronTimes(expression, zone);
  const found: string[] = [];
  let time = Date.parse(from);
  for (let each = 0; each < count; each += 1) {
    time = times.next(time);
    found.push(new Date(time).toISOString().slice(0, 16));
  }
  return found;
}

describe("when the clocks are put forward (Berlin, 29 March 2026, 01:00 UTC)", () => {
  const before = "2026-03-28T12:00Z";

  it("a time that does not exist is done at the change, once", () => {
    expect(timesAfter(3, before, "30 2 * * *")).toEqual([
      "2026-03-29T01:00",
      "2026-03-30T00:30",
      "2026-03-31T00:30",
    ]);
    expect(timesAfter(2, before, "*/10 2 * * *")).toEqual(["2026-03-29T01:00", "2026-03-30T00:00"]);
  });

  it("one that falls on the change itself is no second one", () => {
    expect(timesAfter(2, before, "0 2,3 * * *")).toEqual(["2026-03-29T01:00", "2026-03-30T00:00"]);
  });

  it("an interval goes on, and makes up for nothing", () => {
    expect(timesAfter(3, "2026-03-29T00:10Z", "*/30 * * * *")).toEqual([
      "2026-03-29T00:30",
      "2026-03-29T01:00",
      "2026-03-29T01:30",
    ]);
  });
});

describe("when the clocks are put back (Berlin, 25 October 2026, 01:00 UTC)", () => {
  it("a time that exists twice is done the first time only", () => {
    const times = ["2026-10-25T00:30", "2026-10-26T01:30"];
    expect(timesAfter(2, "2026-10-24T12:00Z", "30 2 * * *")).toEqual(times);
  });

  it("also for whoever asks between the two", () => {
    expect(timesAfter(1, "2026-10-25T01:10Z", "30 2 * * *")).toEqual(["2026-10-26T01:30"]);
  });

  it("an interval goes on through both hours", () => {
    expect(timesAfter(4, "2026-10-25T00:10Z", "*/30 * * * *")).toEqual([
      "2026-10-25T00:30",
      "2026-10-25T01:00",
      "2026-10-25T01:30",
      "2026-10-25T02:00",
    ]);
  });

  it("half an hour is a change too (Lord Howe)", () => {
    const zone = "Australia/Lord_Howe";
    expect(timesAfter(2, "2026-04-04T12:00Z", "45 1 * * *", zone)).toEqual([
      "2026-04-04T14:45",
      "2026-04-05T15:15",
    ]);
  });
});

it.each([
  ["a leap day", "0 0 29 2 *", ["2028-02-28T23:00", "2032-02-28T23:00"]],
  ["a leap day that is a Monday", "0 0 29 2 1", ["2044-02-28T23:00"]],
  ["the last day of a month", "0 0 L * *", ["2026-03-30T22:00", "2026-04-29T22:00"]],
  ["the last Friday", "0 12 * * 5L", ["2026-04-24T10:00", "2026-05-29T10:00"]],
  ["the second Monday", "0 12 * * 1#2", ["2026-04-13T10:00"]],
  ["a day of the month and of the week: both must fit", "0 12 13 * 5", ["2026-11-13T11:00"]],
  ["a nickname", "@monthly", ["2026-03-31T22:00"]],
])("%s: %s", (_, expression, times) => {
  expect(timesAfter(times.length, "2026-03-29T12:00Z", expression)).toEqual(times);
});

it("the machine's time zone, if none is named", () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const after = Date.parse("2026-05-01T00:00Z");
  expect(cronTimes("7 5 * * *", undefined).next(after)).toBe(cronTimes("7 5 * * *", zone).next(after));
});

it("what is neither an expression nor a time zone is refused", () => {
  expect(() => cronTimes("61 * * * *", "UTC")).toThrow();
  expect(() => cronTimes("* * * * *", "Mars/Base")).toThrow();
});

const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min, max }).map(String),
    fc.integer({ min: 2, max: 12 }).map((step) => `*/${step}`),
    fc
      .uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 4 })
      .map((values) => values.join(",")),
  );
/** From 2024 to 2035, around the weeks in which the clocks change here or there. */
const moment = fc
  .tuple(
    fc.integer({ min: 2024, max: 2035 }),
    fc.oneof(fc.integer({ min: 59, max: 100 }), fc.integer({ min: 270, max: 312 })),
    fc.integer({ min: 0, max: DAY / SECOND }),
  )
  .map(([year, day, second]) => Date.UTC(year, 0, 1) + day * DAY + second * SECOND);
const zone = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
);

it("property: where no clock changes, it is the first time that node-cron calls a match", () => {
  fc.assert(
    fc.property(field(0, 59), field(0, 23), moment, (minute, hour, after) => {
      const expression = `${minute} ${hour} * * *`;
      const task = createTask(expression, () => {}, { timezone: "Asia/Kolkata" });
      void task.destroy();
      const next = cronTimes(expression, "Asia/Kolkata").next(after);
      let first = (Math.floor(after / MINUTE) + 1) * MINUTE;
      while (!task.match(new Date(first))) first += MINUTE;
      expect(next).toBe(first);
    }),
    { numRuns: 10 },
  );
});

it("property: a task of every day is done once on every day, whatever the clocks do", () => {
  fc.assert(
    fc.property(
      zone,
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      moment,
      (timezone, hour, minute, after) => {
        const times = cronTimes(`${minute} ${hour} * * *`, timezone);
        const date = new Intl.DateTimeFormat("sv", { timeZone: timezone });
        let time = times.next(after);
        for (let day = 0; day < 10; day += 1) {
          const next = times.next(time);
          const days = (Date.parse(date.format(next)) - Date.parse(date.format(time))) / DAY;
          expect(days).toBe(1);
          time = next;
        }
      },
    ),
    { numRuns: 40 },
  );
});

it("property: an interval is never longer than it says, and times never go back", () => {
  fc.assert(
    fc.property(zone, fc.constantFrom(5, 10, 15, 20, 30), moment, (timezone, minutes, after) => {
      const times = cronTimes(`*/${minutes} * * * *`, timezone);
      let time = times.next(after);
      expect(time).toBeGreaterThan(after);
      for (let each = 0; each < 20; each += 1) {
        const next = times.next(time);
        expect(next - time).toBe(minutes * MINUTE);
        time = next;
      }
      expect(time).toBeLessThan(after + 21 * HOUR);
    }),
    { numRuns: 40 },
  );
});
