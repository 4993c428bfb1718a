/**
 * What JSON leaves as it is, and steers a terminal all the same or has it show a line in another order: DEL and the C1
 * controls (ECMA-48; U+009B begins a sequence as ESC [ does), line separators, and the marks of writing direction.
 */
const STEERING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same JSON, in signs that steer no terminal. */
export const escapeSteering = (json: string): string => json.replaceAll(STEERING, escaped);

/** As JSON writes a character that it does not show: one beyond 16 bits as two. */
export const escaped = (sign: string): string =>
  sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
