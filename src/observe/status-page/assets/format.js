// @ts-check
/** Figures in words. */

const whole = new Intl.NumberFormat("en");

/** @param {number} value */
export const count = (value) => whole.format(value);

/**
 * `1 call`, `2,000 calls`.
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/**
 * How long something took: three digits are enough.
 * @param {number} ms
 */
export function took(ms) {
  if (ms < 1) return "< 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${units[unit]}`;
}

/**
 * No longer than that: a method's name may be a book.
 * @param {unknown} text
 * @param {number} most in characters
 */
export function cut(text, most) {
  const all = String(text);
  // By characters as people count them, roughly: half an emoji is none.
  return all.length <= most ? all : `${[...all.slice(0, most * 2)].slice(0, most).join("")}…`;
}

/**
 * `METHOD_TIMED_OUT` and `handler_error` as words.
 * @param {string} word
 */
export const words = (word) => word.toLowerCase().replaceAll("_", " ");

/**
 * `one`, `one and two`, `one, two and three`.
 * @param {readonly string[]} items
 */
export const listed = (items) =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
