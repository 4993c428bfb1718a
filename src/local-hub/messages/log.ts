import { HubError } from "../hub-error.ts";
import { createRing } from "./ring.ts";

/** What every entry of a log tells of itself. */
export interface Numbered {
  /** Grows by one from entry to entry, from 1. */
  sequenceNumber: number;
  deviceId: string;
}

/** Which entries are meant: all that there are, if nothing is said. */
export interface EntryFilter {
  deviceId?: string;
}

export interface WatchOptions extends EntryFilter {
  /** Ends the watch. */
  signal?: AbortSignal;
  /** The number of the first entry that is meant; if absent, the next to come. Older ones than are kept are left out. */
  from?: number;
}

/** What came, the newest of it kept, for whoever wants to see it. */
export interface EventLog<Entry extends Numbered> {
  /** Those that are kept, the oldest first. */
  kept(filter?: EntryFilter): Entry[];
  /** Called with each entry that comes from now on; returns the way to end that. An error of the listener is dropped. */
  on(listener: (entry: Entry) => void): () => void;
  /**
   * Each entry from now on, until the signal or the hub's end. It reads from what is kept: whoever is so slow that entries
   * are dropped before he asks for them does not get them.
   */
  watch(options?: WatchOptions): AsyncIterable<Entry>;
  /**
   * The oldest kept entry that no `next` has returned, or the first that comes: what has already come is not missed.
   * Rejects with the signal's reason, and @throws HubError ServiceUnavailable when the hub stops.
   */
  next(options?: EntryFilter & { signal?: AbortSignal }): Promise<Entry>;
}

export interface WritableLog<Entry extends Numbered> extends EventLog<Entry> {
  append(make: (sequenceNumber: number) => Entry, bytes: number): void;
  /** The oldest kept entry of this number or a later one. */
  first(from: number): Entry | undefined;
  /** The number that the next entry will have. */
  readonly end: number;
  /** Of the oldest that is kept. */
  readonly start: number;
  /** Ends all that wait. */
  close(): void;
}

export function createLog<Entry extends Numbered>(limits: {
  mostEntries: number;
  mostBytes: number;
}): WritableLog<Entry> {
  const ring = createRing<Entry>(limits);
  const listeners = new Set<(entry: Entry) => void>();
  const taken = new WeakSet<Entry>();
  const waiting = new Set<() => void>();
  let closed = false;

  function wakeAll(): void {
    for (const wake of waiting) wake();
    waiting.clear();
  }

  function* keptFrom(number: number): Generator<Entry> {
    for (let at = Math.max(number, ring.start); at < ring.end; at++) {
      const entry = ring.get(at);
      if (entry !== undefined) yield entry;
    }
  }

  async function* watch(from: number, { deviceId, signal }: LooseWatch): AsyncGenerator<Entry> {
    let wake = () => {};
    const abort = () => wake();
    signal?.addEventListener("abort", abort);
    try {
      for (let at = from; !signal?.aborted; ) {
        at = Math.max(at, ring.start);
        const entry = ring.get(at);
        if (entry !== undefined) {
          at += 1;
          if (fits(entry, { deviceId })) yield entry;
        } else if (closed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            waiting.add(resolve);
          });
          waiting.delete(wake);
        }
      }
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  return {
    append(make, bytes) {
      const entry = ring.append(make, bytes);
      for (const listener of listeners) {
        try {
          listener(entry);
        } catch {
          // The listener is the caller's; there is nobody else to tell.
        }
      }
      wakeAll();
    },

    kept: (filter = {}) => [...keptFrom(ring.start)].filter((entry) => fits(entry, filter)),

    on(listener) {
      // A function of our own, so that the same listener may be put twice and taken off once.
      const call = (entry: Entry) => listener(entry);
      listeners.add(call);
      return () => void listeners.delete(call);
    },

    watch: (options = {}) => watch(options.from ?? ring.end, options),

    async next({ deviceId, signal } = {}) {
      signal?.throwIfAborted();
      for await (const entry of watch(ring.start, { deviceId, signal })) {
        if (taken.has(entry)) continue;
        taken.add(entry);
        return entry;
      }
      signal?.throwIfAborted();
      throw new HubError("ServiceUnavailable", "the hub is stopping");
    },

    first: (from) => ring.get(Math.max(from, ring.start)),

    get start() {
      return ring.start;
    },
    get end() {
      return ring.end;
    },

    close() {
      closed = true;
      wakeAll();
    },
  };
}

interface LooseWatch {
  deviceId?: string | undefined;
  signal?: AbortSignal | undefined;
}

function fits(entry: Numbered, filter: LooseWatch): boolean {
  return filter.deviceId === undefined || filter.deviceId === entry.deviceId;
}
