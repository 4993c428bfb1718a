import type { OutgoingMessage, Priority } from "./outbox.ts";

/** How much may be kept. */
export interface Bounds {
  readonly maxMessages: number;
  /** Of bodies and properties. */
  readonly maxBytes: number;
}

/** `drop-oldest`: the oldest of the lowest priority give way; `refuse`: the new one does. */
export type WhenFull = "drop-oldest" | "refuse";

export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

/** How much there is of each priority. */
export type Amounts = readonly [Amount, Amount, Amount];

/** What a message counts for: its body and its properties, in bytes. */
export function sizeOf({ body, properties }: Pick<OutgoingMessage, "body" | "properties">): number {
  let size = body.byteLength;
  for (const [name, value] of Object.entries(properties))
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
  return size;
}

export function total(amounts: Amounts): Amount {
  const [high, normal, low] = amounts;
  return {
    messages: high.messages + normal.messages + low.messages,
    bytes: high.bytes + normal.bytes + low.bytes,
  };
}

/** What has to go before one more of that size fits; nothing if both are 0. */
export function excess(kept: Amount, size: number, bounds: Bounds): Amount {
  return {
    messages: Math.max(0, kept.messages + 1 - bounds.maxMessages),
    bytes: Math.max(0, kept.bytes + size - bounds.maxBytes),
  };
}

/**
 * Whether so much can be had from what waits without touching what goes before the new message. Asked first, so that
 * nothing is dropped in vain.
 */
export function canGiveWay(waiting: Amounts, priority: Priority, wanted: Amount): boolean {
  let messages = 0;
  let bytes = 0;
  for (const { messages: some, bytes: size } of waiting.slice(priority)) {
    messages += some;
    bytes += size;
  }
  return messages >= wanted.messages && bytes >= wanted.bytes;
}
