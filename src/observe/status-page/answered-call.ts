/** A call that has its answer, as whoever keeps figures is told of it. */
export interface AnsweredCall {
  readonly call: {
    readonly requestId: string;
    readonly methodName: string;
    readonly payload: Uint8Array;
  };
  /** What it is counted under: the name of its method, or `_unknown`, as callers may think of endless others. */
  readonly label: string;
  readonly status: number;
  readonly outcome: string;
  /** The answer: JSON. */
  readonly body: string;
  /** From its arrival to its answer. */
  readonly milliseconds: number;
}

/** What calls of methods that there are not are counted under, in metrics and figures. */
export const UNKNOWN_METHOD = "_unknown";

/** No secret is longer than what is looked at beyond the end: half of one would not be known for what it is. */
const LOOKED_AT = 16 * 1024;

/** That a text was cut. Of ASCII: one other character would double what the text takes. */
const MARK = "...";

/** So short a text is hardly a part of a large one. */
const SMALL = 64;

/**
 * The beginning of a text of any length, in memory of its own: V8 keeps the whole of a text alive for a part of it. Secrets go
 * before the end does.
 */
export function beginningOf(text: string, most: number, redact: (text: string) => string): string {
  if (text.length <= most) return text.length <= SMALL ? text : copied(text);
  return copied(`${redact(text.slice(0, most + LOOKED_AT)).slice(0, most - MARK.length)}${MARK}`);
}

const copied = (text: string): string => Buffer.from(text).toString();
