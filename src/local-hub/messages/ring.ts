/** Entries in the order they came, each with a number: the newest of them, as many as fit. */
export interface Ring<Entry> {
  /** Its number: one more than that of the entry before it. */
  append(make: (number: number) => Entry, bytes: number): Entry;
  get(number: number): Entry | undefined;
  /** The number of the oldest entry that is kept; `end` if there is none. */
  readonly start: number;
  /** The number that the next entry will have. */
  readonly end: number;
}

/** An entry above `mostBytes` is kept alone. */
export function createRing<Entry>(limits: { mostEntries: number; mostBytes: number }): Ring<Entry> {
  const kept = new Map<number, { entry: Entry; bytes: number }>();
  let start = 1;
  let end = 1;
  let total = 0;

  function dropOldest(): void {
    total -= kept.get(start)?.bytes ?? 0;
    kept.delete(start++);
  }

  return {
    append(make, bytes) {
      const entry = make(end);
      kept.set(end++, { entry, bytes });
      total += bytes;
      while (kept.size > limits.mostEntries || (total > limits.mostBytes && kept.size > 1)) dropOldest();
      return entry;
    },
    get: (number) => kept.get(number)?.entry,
    get start() {
      return start;
    },
    get end() {
      return end;
    },
  };
}
