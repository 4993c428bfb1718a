import { SECOND } from "../../durations.ts";

/**
 * Makes a line's time as pino's `isoTime` does, to the letter. Of lines within a second only the milliseconds are new,
 * and of those within a millisecond nothing: a date for each costs a third of making the line.
 */
export function timeField(now: () => number = Date.now): () => string {
  let latest = Number.NaN;
  let second = Number.NaN;
  let beginning = "";
  let field = "";
  return () => {
    const time = now();
    if (time === latest) return field;
    latest = time;
    const within = time % SECOND;
    if (time - within !== second) {
      second = time - within;
      beginning = `,"time":"${new Date(second).toISOString().slice(0, -4)}`;
    }
    field = `${beginning}${String(within).padStart(3, "0")}Z"`;
    return field;
  };
}
