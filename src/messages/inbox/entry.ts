import type { CloudMessage } from "./cloud-message.ts";
import type { MessageFacts } from "./handler.ts";

/** A message that is in our hands: from its arrival until it is handled or given up. */
export interface Entry {
  readonly facts: MessageFacts;
  /** Bytes of body and properties. */
  readonly size: number;
  /** On the clock that never jumps. */
  readonly arrived: number;
  /** Its number on disk; undefined for one that is in memory only. */
  row: number | undefined;
  /** How often it was given to its handler. */
  attempts: number;
  /** undefined if it was on disk and can be read no more. */
  load(): CloudMessage | undefined;
  /** Tells the hub that we have it: it is not delivered again. Does nothing the second time. */
  acknowledge(): void;
  readonly isAcknowledged: boolean;
  /** False if that was in a session that had ended. */
  readonly wasHeard: boolean;
  /** The hub has delivered it again, in this session: that is what is to be acknowledged from now on. */
  deliveredAgain(acknowledge: () => void, session: object): void;
  /** The one that it came in; undefined for one of an earlier run. */
  readonly session: object | undefined;
  /** How often the disk knows it was given to its handler. */
  noted: number;
  /** The hub would soon give up waiting for our acknowledgement. */
  isOverdue: boolean;
  /** Ends what waits with it. */
  cancelTimer(): void;
}

export interface EntryOptions {
  readonly facts: MessageFacts;
  readonly size: number;
  readonly arrived: number;
  load(): CloudMessage | undefined;
  /** Missing for one that was acknowledged in an earlier run. */
  acknowledge?(): void;
  readonly session?: object;
  /** Whether a session has ended. */
  isOver(session: object): boolean;
  readonly row?: number;
  readonly attempts?: number;
}

export function createEntry(options: EntryOptions): Entry {
  const { facts, size, arrived, load, isOver, row, attempts = 0 } = options;
  let { acknowledge, session } = options;
  let isAcknowledged = acknowledge === undefined;
  let wasHeard = true;

  function tell(): void {
    wasHeard = session === undefined || !isOver(session);
    acknowledge?.();
  }

  return {
    facts,
    size,
    arrived,
    row,
    attempts,
    noted: attempts,
    load,
    get session() {
      return session;
    },
    acknowledge() {
      if (isAcknowledged) return;
      isAcknowledged = true;
      tell();
    },
    get isAcknowledged() {
      return isAcknowledged;
    },
    get wasHeard() {
      return wasHeard;
    },
    deliveredAgain(again, current) {
      acknowledge = again;
      session = current;
      // The first acknowledgement has not reached the hub.
      if (isAcknowledged) tell();
    },
    isOverdue: false,
    cancelTimer: () => {},
  };
}
