import { type Clock, systemClock } from "../clock.ts";

/** Something that happened, and when, in ISO 8601. */
export interface HistoryEntry {
  readonly at: string;
  readonly [detail: string]: unknown;
}

/** The latest of what happened. */
export interface History {
  add(event: Readonly<Record<string, unknown>>): void;
  /** The oldest first. */
  entries(): readonly HistoryEntry[];
}

/** Remembers the latest events of one kind, such as the states of the link: for whoever asks how it came to this. */
export function createHistory({ most, clock = systemClock }: { most: number; clock?: Clock }): History {
  const kept: HistoryEntry[] = [];
  return {
    add(event) {
      kept.push({ at: new Date(clock.wallClock()).toISOString(), ...event });
      if (kept.length > most) kept.shift();
    },
    entries: () => [...kept],
  };
}
