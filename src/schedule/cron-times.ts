import { createTask, parse } from "node-cron";
import { DAY, HOUR, MINUTE, SECOND } from "../durations.ts";
import { createZones, type Zones } from "./zones.ts";

/** Leap days that are a Monday come every 28 years, and every 40 around a century without a leap year. */
const LOOK_AHEAD_MS = 41 * 366 * DAY;
/** No two changes of a zone's offset are closer. */
const STEP_MS = DAY;
/** How far clocks are put back at once; it is an hour nearly everywhere. */
const LONGEST_CHANGE_MS = 3 * HOUR;

/** The times of a cron expression in a time zone. */
export interface CronTimes {
  /** The first time after that one, both in milliseconds since 1970; Infinity if there is none in forty years. */
  next(after: number): number;
}

/**
 * What an expression means is node-cron's: it parses it, and says which days fit. Where the clocks change we go our own
 * way, as cron does (cron(8) of Debian, "daylight saving time"): a time that does not exist is done when the clocks are
 * put forward, one that exists twice is done the first time only. An expression whose hours are all hours means an
 * interval: it goes on through both hours, and nothing is made up for.
 * @param timezone IANA name; undefined for the machine's
 * @param zones what is shared by many: each costs memory
 * @throws Error if it is no cron expression or no time zone
 */
export function cronTimes(
  expression: string,
  timezone: string | undefined,
  zones: Zones = createZones(),
): CronTimes {
  const fields = parse(expression);
  const [hours, minutes, seconds] = [fields.hour, fields.minute, fields.second].map((values) =>
    values.toSorted((a, b) => a - b),
  ) as [number[], number[], number[]];
  const isInterval = hours.length === 24;
  const offsetAt = zones(timezone);
  const fits = dayFitter(fields);

  /** The first of a day's times that is not before so many milliseconds of it. */
  function timeOfDay(from: number): number | undefined {
    for (const hour of hours) {
      if ((hour + 1) * HOUR <= from) continue;
      for (const minute of minutes) {
        const start = hour * HOUR + minute * MINUTE;
        if (start + MINUTE <= from) continue;
        const second = seconds.find((each) => start + each * SECOND >= from);
        if (second !== undefined) return start + second * SECOND;
      }
    }
    return undefined;
  }

  /** The first local time from `from` on, written as if the zone were UTC. */
  function nextLocal(from: number): number {
    for (let day = from - modulo(from, DAY); day < from + LOOK_AHEAD_MS; day += DAY) {
      if (!fits(day)) continue;
      const time = timeOfDay(Math.max(0, from - day));
      if (time !== undefined) return day + time;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The local time up to which the clocks show what they have shown already. */
  function endOfRepeat(time: number, offset: number): number {
    const earlier = time - LONGEST_CHANGE_MS;
    const before = offsetAt(earlier);
    return before > offset ? changeAfter(offsetAt, earlier, time) + before : 0;
  }

  function next(after: number): number {
    const end = after + LOOK_AHEAD_MS;
    let from = (Math.floor(after / SECOND) + 1) * SECOND;
    let offset = offsetAt(from);
    let local = Math.max(from + offset, isInterval ? 0 : endOfRepeat(from, offset));
    while (from < end) {
      const until = changeAfter(offsetAt, from, from + STEP_MS);
      const found = nextLocal(local);
      if (found - offset < until) return found - offset;
      const before = offset;
      offset = offsetAt(until);
      const change = offset - before;
      // The hour that there is not.
      if (change > 0 && !isInterval && found < until + offset) return until;
      // The hour that was there already.
      local = change < 0 && !isInterval ? until + before : until + offset;
      from = until;
      // Nothing is due for long: no change of the clocks on the way there matters.
      const far = found - offset - 2 * STEP_MS;
      if (change === 0 && far > from) {
        from = far;
        offset = offsetAt(from);
        local = from + offset;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  return { next };
}

type Fields = ReturnType<typeof parse>;

/** Whether a date fits, given as its midnight in UTC; node-cron knows what L, W and # mean. */
function dayFitter({ dayOfMonth, month, dayOfWeek }: Fields): (midnight: number) => boolean {
  // What is due on every day needs nobody who knows days, and there may be many of it.
  const isEvery = (values: readonly unknown[], from: number, to: number): boolean =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index).every((each) => values.includes(each));
  if (isEvery(dayOfMonth, 1, 31) && isEvery(month, 1, 12) && isEvery(dayOfWeek, 0, 6)) return () => true;
  const days = `0 0 0 ${dayOfMonth.join(",")} ${month.join(",")} ${dayOfWeek.join(",")}`;
  const task = createTask(days, () => {}, { timezone: "UTC" });
  // It is asked, and never runs; node-cron would keep it in its list for ever.
  void task.destroy();
  const months = new Set(month);
  let known = { midnight: Number.NaN, fits: false };
  return (midnight) => {
    if (known.midnight === midnight) return known.fits;
    const date = new Date(midnight);
    known = { midnight, fits: months.has(date.getUTCMonth() + 1) && task.match(date) };
    return known.fits;
  };
}

/** When the offset that holds at `from` ends, if that is before `until`; else `until`. */
function changeAfter(offsetAt: (time: number) => number, from: number, until: number): number {
  const offset = offsetAt(from);
  if (offsetAt(until) === offset) return until;
  let [before, after] = [from, until];
  while (after - before > SECOND) {
    const middle = before + Math.floor((after - before) / 2 / SECOND) * SECOND;
    if (offsetAt(middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
