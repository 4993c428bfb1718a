import type { Priority } from "./outbox.ts";

/** In the order in which they are sent. */
export const PRIORITIES = [0, 1, 2] as const satisfies readonly Priority[];

/** More messages than a device can hand over in its life; three priorities of them are exact in a number. */
const SEQUENCES = 2 ** 50;

/** Where a message stands. */
export interface Place {
  readonly priority: Priority;
  readonly sequence: number;
}

/**
 * The key of a message's row. It is the order of sending as well, so that the table needs no index: each page of an index
 * would be written again with every message.
 */
export const rowId = ({ priority, sequence }: Place): number => priority * SEQUENCES + sequence;

export const placeOf = (id: number): Place => ({
  priority: Math.min(2, Math.floor(id / SEQUENCES)) as Priority,
  sequence: id % SEQUENCES,
});

/** Past every row of a priority. */
export const endOf = (priority: Priority): number => rowId({ priority, sequence: SEQUENCES - 1 });
