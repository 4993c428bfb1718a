import type { CloudMessage } from "./cloud-message.ts";
import type { MessageFacts } from "./handler.ts";
import type { Receipt } from "./receipts.ts";

/** A message that is in our hands: from its arrival until it is handled or given up. */
export interface Entry {
  readonly facts: MessageFacts;
  /** Bytes of body and properties. */
  readonly size: number;
  /** On the clock that never jumps. */
  readonly arrived: number;
  /** Grows from one that arrives to the next. */
  readonly order: number;
  /** Its number on disk; undefined for one that is in memory only. */
  row: number | undefined;
  /** How often it was given to its handler. */
  attempts: number;
  /** How often the disk knows it was. */
  noted: number;
  /** undefined if it was on disk and can be read no more. */
  load(): CloudMessage | undefined;
  /** What the hub is owed; undefined for a message of an earlier run. */
  readonly receipt: Receipt | undefined;
  /** Tells the hub that we have it: it is not delivered again. */
  acknowledge(): void;
  readonly isAcknowledged: boolean;
  /** The hub has delivered it again, and is owed this from now on. */
  deliveredAgain(receipt: Receipt): void;
  /** The hub would soon give up waiting for our acknowledgement. */
  isOverdue: boolean;
  /** Ends what waits with it. */
  cancelTimer(): void;
}

export type EntryOptions = Pick<Entry, "facts" | "size" | "arrived" | "order" | "load"> &
  Partial<Pick<Entry, "receipt" | "row" | "attempts">>;

export function createEntry(options: EntryOptions): Entry {
  const { row, attempts = 0, ...given } = options;
  let { receipt } = options;
  let isAcknowledged = receipt === undefined;

  return {
    ...given,
    row,
    attempts,
    noted: attempts,
    get receipt() {
      return receipt;
    },
    acknowledge() {
      isAcknowledged = true;
      receipt?.give();
    },
    get isAcknowledged() {
      return isAcknowledged;
    },
    deliveredAgain(again) {
      receipt = again;
      // The first acknowledgement has not reached the hub.
      if (isAcknowledged) again.give();
    },
    isOverdue: false,
    cancelTimer: () => {},
  };
}
