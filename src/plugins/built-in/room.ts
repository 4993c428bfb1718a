import { JsonText } from "../../methods/json-text.ts";
import { MAX_REPLY_BYTES } from "../../methods/reply.ts";
import { KIBIBYTE } from "../../sizes.ts";

/** What a list in a reply may take: the rest of the hub's limit is for what stands around it. */
export const LIST_BYTES = MAX_REPLY_BYTES - 2 * KIBIBYTE;

/** A list as far as it fits. */
export interface Fitting<T> {
  readonly fitting: readonly T[];
  readonly leftOut: readonly T[];
}

/** Takes what fits into a reply as JSON, the first first; what is too large by itself does not keep out the smaller. */
export function fitInto<T>(items: readonly T[], bytes: number = LIST_BYTES): Fitting<T> {
  const fitting: T[] = [];
  const leftOut: T[] = [];
  let room = bytes;
  for (const item of items) {
    const size = sizeOf(item);
    if (size > room) leftOut.push(item);
    else {
      fitting.push(item);
      room -= size;
    }
  }
  return { fitting, leftOut };
}

/** The first ones, as far as they fit into a reply as JSON, without a gap; those behind are not even looked at. */
export function firstThatFit<T>(items: readonly T[], bytes: number = LIST_BYTES): readonly T[] {
  let room = bytes;
  const end = items.findIndex((item) => {
    room -= sizeOf(item);
    return room < 0;
  });
  return end === -1 ? items : items.slice(0, end);
}

/** With the comma behind it. */
const sizeOf = (item: unknown): number => Buffer.byteLength(JSON.stringify(item)) + 1;

/** A reply that passes through the redactor, whatever path a secret took into it. */
export function redacted(value: unknown, redact: (text: string) => string): JsonText {
  return new JsonText(redact(JSON.stringify(value)));
}
