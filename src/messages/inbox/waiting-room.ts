import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import type { Entry } from "./entry.ts";

/** So many wait for a handler that may come: one broken plugin must not take all the room from the others. */
const MOST_WAITING = 200;
/** So often it is looked whether a message that has no handler has one now, or never will. */
const LOOK_AGAIN_MS = 30 * SECOND;

export interface WaitingRoomOptions {
  /** Finds its handler; puts it back in here if that may still come. */
  place(entry: Entry): void;
  /** Whether there is no handler at all: then nobody is in another's way. */
  isDeaf(): boolean;
  throwAway(entry: Entry): void;
  readonly clock: Clock;
}

/** Messages whose handlers may still come. */
export interface WaitingRoom {
  /** The one that has waited longest is thrown away if there are too many. */
  add(entry: Entry): void;
  /** Something has changed: each is placed anew, in the order of arrival. */
  lookAgain(): void;
  /** Looks no more by itself. */
  close(): void;
}

export function createWaitingRoom({ place, isDeaf, throwAway, clock }: WaitingRoomOptions): WaitingRoom {
  let waiting: Entry[] = [];
  let cancelLook: (() => void) | undefined;

  function lookAgain(): void {
    close();
    const all = waiting.sort((a, b) => a.order - b.order);
    waiting = [];
    all.forEach(place);
  }

  function close(): void {
    cancelLook?.();
    cancelLook = undefined;
  }

  return {
    add(entry) {
      waiting.push(entry);
      cancelLook ??= clock.setTimer(LOOK_AGAIN_MS, lookAgain);
      const [first] = waiting;
      if (waiting.length <= MOST_WAITING || first === undefined || isDeaf()) return;
      waiting = waiting.slice(1);
      throwAway(first);
    },
    lookAgain,
    close,
  };
}
