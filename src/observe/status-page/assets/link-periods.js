// @ts-check
/** What the link's history means, in periods. Pure. */

/** @import { LinkSection } from "../snapshot.ts" */

/** @typedef {{ readonly state: string, readonly from: number, readonly to: number }} Period */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How much time the strip may show: the shortest that holds all that is known. */
const WINDOWS = [10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR];

/**
 * The states that the link was in, the oldest first; the last one lasts until now.
 * @param {Pick<LinkSection, "history" | "state" | "since">} link
 * @param {number} now
 * @returns {Period[]}
 */
export function periodsOf({ history, state, since }, now) {
  const starts = history
    .filter((entry) => typeof entry.state === "string")
    .map((entry) => ({ state: String(entry.state), from: Date.parse(entry.at) }))
    // A clock that was set backwards since: what it called the future was before.
    .filter(({ from }) => from <= now);
  if (starts.at(-1)?.state !== state) starts.push({ state, from: Math.min(now, Date.parse(since)) });
  return starts.map((start, at) => ({ ...start, to: starts[at + 1]?.from ?? now }));
}

/**
 * How much time to show, in milliseconds.
 * @param {readonly Period[]} periods
 * @param {number} now
 */
export function windowOf(periods, now) {
  const known = now - (periods[0]?.from ?? now);
  return WINDOWS.find((window) => window >= known) ?? 24 * HOUR;
}

/**
 * Since when it has not been online; undefined if it is, or if that is longer ago than is remembered.
 * @param {readonly Period[]} periods
 */
export function offlineSince(periods) {
  const last = periods.findLastIndex(({ state }) => state === "online");
  return last === -1 ? undefined : periods[last + 1]?.from;
}

/**
 * What the strip shows, in numbers.
 * @param {readonly Period[]} periods
 * @param {number} from
 */
export function reckon(periods, from) {
  const seen = periods
    .filter(({ to }) => to > from)
    .map((period) => ({ ...period, from: Math.max(from, period.from) }));
  const all = seen.reduce((sum, period) => sum + period.to - period.from, 0);
  const online = seen
    .filter(({ state }) => state === "online")
    .reduce((sum, period) => sum + period.to - period.from, 0);
  const breaks = breaksIn(seen);
  return {
    onlineShare: all === 0 ? undefined : online / all,
    breaks: breaks.length,
    longestBreak: Math.max(0, ...breaks),
  };
}

/**
 * How long each time without a link after one with it was.
 * @param {readonly Period[]} periods
 */
function breaksIn(periods) {
  /** @type {number[]} */
  const breaks = [];
  let wasOnline = false;
  let open = false;
  for (const { state, from, to } of periods) {
    if (state === "online") {
      wasOnline = true;
      open = false;
    } else if (wasOnline) {
      if (open) breaks.push((breaks.pop() ?? 0) + to - from);
      else breaks.push(to - from);
      open = true;
    }
  }
  return breaks;
}

/**
 * A share that is not all is never rounded up to all.
 * @param {number} share 0 to 1
 */
export function percent(share) {
  if (share === 1) return "100 %";
  return `${Math.min(99.9, Math.floor(share * 1000) / 10)} %`;
}
