/** Milliseconds in a unit: settings are written `8 * SECOND`, never 8000. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR };

/**
 * Reads `250ms`, `30s`, `5m`, `2h` (fractions allowed: `1.5s`).
 * @returns milliseconds, or undefined if the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** Writes milliseconds in the largest unit that holds them exactly: 90000 is `90s`, 7200000 is `2h`. */
export function printDuration(milliseconds: number): string {
  if (milliseconds > 0 && milliseconds % HOUR === 0) return `${milliseconds / HOUR}h`;
  if (milliseconds > 0 && milliseconds % MINUTE === 0) return `${milliseconds / MINUTE}m`;
  if (milliseconds % SECOND === 0) return `${milliseconds / SECOND}s`;
  return `${milliseconds}ms`;
}

/** A number and its unit: `250ms`, `30s`, `5m`, `2h`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h"}`;
