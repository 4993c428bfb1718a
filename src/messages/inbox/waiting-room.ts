import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import type { Entry } from "./entry.ts";

/**
 * So many wait for a handler that may come: one broken plugin must not take all the room from the others, of which there
 * is more on disk.
 */
const MOST_WAITING = { memory: 200, disk: 800 };
/** So often it is looked whether a message that has no handler has one now, or never will. */
const LOOK_AGAIN_MS = 30 * SECOND;

export interface WaitingRoomOptions {
  /** Finds its handler; puts it back in here if that may still come. */
  place(entry: Entry): void;
  /** Whether there is no handler at all. */
  isDeaf(): boolean;
  plugins(): "there" | "starting" | "broken";
  throwAway(entry: Entry): void;
  readonly clock: Clock;
}

/** Messages whose handlers may still come. */
export interface WaitingRoom {
  /** The one that has waited longest is thrown away if there are too many of its kind. */
  add(entry: Entry): void;
  /** Something has changed: each is placed anew, in the order of arrival. */
  lookAgain(): void;
  /** Looks no more by itself. */
  close(): void;
}

export function createWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const { place, isDeaf, throwAway, plugins, clock } = options;
  let waiting: Record<keyof typeof MOST_WAITING, Entry[]> = { memory: [], disk: [] };
  let cancelLook: (() => void) | undefined;

  /** Nobody is in another's way yet. */
  const mayAllWait = (): boolean => isDeaf() || plugins() === "starting";

  function lookAgain(): void {
    close();
    const all = [...waiting.memory, ...waiting.disk].sort((a, b) => a.order - b.order);
    waiting = { memory: [], disk: [] };
    all.forEach(place);
  }

  function close(): void {
    cancelLook?.();
    cancelLook = undefined;
  }

  return {
    add(entry) {
      const kind = entry.row === undefined ? "memory" : "disk";
      const alike = waiting[kind];
      alike.push(entry);
      cancelLook ??= clock.setTimer(LOOK_AGAIN_MS, lookAgain);
      const first = alike.length > MOST_WAITING[kind] && !mayAllWait() ? alike.shift() : undefined;
      if (first !== undefined) throwAway(first);
    },
    lookAgain,
    close,
  };
}
