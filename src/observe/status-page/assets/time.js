// @ts-check
/** Times of the device, told by the device's clock, and in words. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How far the device's clock is ahead of this one's, in milliseconds: a Pi without a battery may be in 1970. */
let ahead = 0;

/** Less than this comes from the way that a message takes. */
const JITTER = 700;

/**
 * Sets the clock by a message that just came.
 * @param {string} at when the device sent it
 */
export function setClock(at) {
  const measured = Date.parse(at) - Date.now();
  if (Math.abs(measured - ahead) > JITTER) ahead = measured;
}

/** How far the device's clock is ahead, in milliseconds. */
export const clockAhead = () => ahead;

/** What time it is on the device. */
export const deviceNow = () => Date.now() + ahead;

/**
 * A length of time in its largest unit: `12 s`, `3 h`.
 * @param {number} ms
 */
export function lengthOf(ms) {
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${Math.floor(whole / SECOND)} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)} h`;
  return `${Math.floor(whole / DAY)} days`;
}

/**
 * How long ago, or in how long.
 * @param {string} at
 * @param {number} now
 */
export function relative(at, now) {
  const ms = Date.parse(at) - now;
  if (Number.isNaN(ms)) return "at an unknown time";
  if (Math.abs(ms) < SECOND) return "now";
  return ms > 0 ? `in ${lengthOf(ms + SECOND - 1)}` : `${lengthOf(-ms)} ago`;
}

const ofDay = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const ofDate = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
});
const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const onlyDate = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

/**
 * The time of day, with the date unless it is of less than half a day ago.
 * @param {string} at
 * @param {number} now
 */
export function clockTime(at, now) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  return (Math.abs(now - then.getTime()) < 12 * HOUR ? ofDay : ofDate).format(then);
}

/** @param {string} at */
export const exactTime = (at) => (Number.isNaN(Date.parse(at)) ? at : inFull.format(new Date(at)));

/** @param {string} at */
export const dateOf = (at) => (Number.isNaN(Date.parse(at)) ? at : onlyDate.format(new Date(at)));
