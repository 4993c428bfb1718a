import type { Amounts } from "./bounds.ts";
import type { Item } from "./item.ts";
import { createMemory, type Memory } from "./memory.ts";
import { PRIORITIES, placeOf, rowId } from "./order.ts";
import type { KeptMessage, Priority } from "./outbox.ts";
import { createPassed } from "./passed.ts";
import { createTallies, difference } from "./tallies.ts";

/** How many rows are read at once by who looks through them. */
const PAGE = 64;

/** Rows by their key, which is their order: after one, up to another, at most so many. */
export interface Range {
  readonly after: number;
  readonly upTo: number;
  readonly most: number;
}

/** Sequences after one, up to another. */
export interface Segment {
  readonly after: number;
  readonly upTo: number;
}

/**
 * Who is where: which messages are in memory, which have a row, which were handed out, and of which the row has yet to go.
 * It decides nothing.
 *
 * What is in memory is always younger than what is on disk alone.
 */
export interface Ledger {
  readonly memory: Memory;
  /** What was handed out, by the very object that was. */
  readonly taken: ReadonlyMap<KeptMessage, Item>;
  /** Rows of which the message is delivered or dropped, by their key, and their sizes. */
  readonly gone: Map<number, number>;
  readonly kept: Amounts;
  /** What is kept and not handed out. */
  waiting(): Amounts;
  /** The same of what is in memory. */
  waitingInMemory(): Amounts;
  /** The latest sequence that was given; the next one is one more. */
  latest: number;
  /** What is younger is fresh. */
  mark: number;
  keep(item: Item): void;
  take(item: Item): KeptMessage;
  /** All that was handed out is back where it was. */
  putBack(): void;
  /** It is not kept any more. Its promise is left to the caller. */
  forget(item: Item): void;
  /** The same of what only has a row. */
  forgetRow(row: { readonly id: number; readonly size: number }): void;
  /**
   * The rows of a priority that wait, in order, read some at a time. Whoever asks may take or forget what it is given.
   */
  waitingRows<Some extends { readonly id: number }>(
    read: (range: Range) => Some[],
    options: { priority: Priority; segment?: Segment; page?: number },
  ): Generator<Some>;
  /** What was written up to here is safe now, and needs no memory. @returns those whose promise is kept by it */
  settle(upTo: number): readonly Item[];
  /** There are rows of earlier runs: they go before what is in memory, which gets higher sequences if it must. */
  adopt(rows: { amounts: Amounts; latest: number }): { shift: number };
  /** The disk may not have kept what is in memory. */
  unsafe(): void;
  /** Of what is not in memory there are these rows, whatever was thought before. */
  recount(rows: Iterable<{ readonly id: number; readonly size: number }>): void;
}

export function createLedger(): Ledger {
  const memory = createMemory();
  const taken = new Map<KeptMessage, Item>();
  const gone = new Map<number, number>();
  const kept = createTallies();
  const out = createTallies();
  /** Rows that were handed out. */
  const held = new Set<number>();
  const passed = createPassed();
  /** Up to here all is on disk, and nothing in memory. */
  let settled = 0;

  const ledger: Ledger = {
    memory,
    taken,
    gone,
    latest: 0,
    mark: 0,
    kept: kept.amounts,
    waiting: () => difference(kept.amounts, out.amounts),

    waitingInMemory() {
      // Asked with each message that is sent while there is no file; few are handed out at a time.
      const away = createTallies();
      for (const { where, size, message } of taken.values())
        if (where !== "disk") away.add(message.priority, size);
      return difference(memory.amounts, away.amounts);
    },

    keep(item) {
      memory.add(item);
      kept.add(item.message.priority, item.size);
    },

    take(item) {
      const { message, size } = item;
      item.takenAs = message;
      taken.set(message, item);
      out.add(message.priority, size);
      if (item.where === "disk") held.add(rowId(message));
      return message;
    },

    putBack() {
      for (const item of taken.values()) {
        item.takenAs = undefined;
        passed.isBack(rowId(item.message));
      }
      taken.clear();
      held.clear();
      out.clear();
    },

    forget(item) {
      const { message, size } = item;
      const id = rowId(message);
      kept.remove(message.priority, size);
      memory.remove(item);
      if (item.hasRow) gone.set(id, size);
      if (item.takenAs === undefined) return;
      taken.delete(item.takenAs);
      held.delete(id);
      out.remove(message.priority, size);
    },

    forgetRow({ id, size }) {
      kept.remove(placeOf(id).priority, size);
      gone.set(id, size);
    },

    *waitingRows(read, { priority, segment = { after: 0, upTo: settled }, page = PAGE }) {
      const start = rowId({ priority, sequence: segment.after });
      const last = rowId({ priority, sequence: Math.min(segment.upTo, settled) });
      let after = passed.from(start);
      // Whether all that was seen is away. Whatever was put back while the caller had its turn ends that.
      let front: number | undefined = after;
      while (after < last) {
        const some = read({ after, upTo: last, most: page });
        for (const row of some) {
          if (!isAway(row.id)) yield row;
          front = front === passed.from(start) && isAway(row.id) ? row.id : undefined;
          if (front !== undefined) passed.reach(start, front);
          after = row.id;
        }
        if (some.length < page) return;
      }
    },

    settle(upTo) {
      const safe: Item[] = [];
      for (const item of memory.all()) {
        if (item.message.sequence > upTo) break;
        safe.push(item);
      }
      for (const item of safe) {
        item.where = "disk";
        memory.remove(item);
        if (item.takenAs !== undefined) held.add(rowId(item.message));
      }
      settled = Math.max(settled, upTo);
      return safe;
    },

    adopt({ amounts, latest }) {
      const first = memory.first() ?? ledger.latest + 1;
      const shift = Math.max(0, latest + 1 - first);
      const items = [...memory.all()];
      memory.clear();
      for (const item of items) {
        item.message = { ...item.message, sequence: item.message.sequence + shift };
        memory.add(item);
      }
      ledger.latest += shift;
      ledger.mark += ledger.mark === 0 ? 0 : shift;
      settled = first + shift - 1;
      for (const priority of PRIORITIES) kept.include(priority, amounts[priority]);
      return { shift };
    },

    unsafe() {
      for (const item of memory.all()) item.where = "memory";
    },

    recount(rows) {
      kept.clear();
      for (const item of memory.all()) kept.add(item.message.priority, item.size);
      for (const { id, size } of rows) {
        const { priority, sequence } = placeOf(id);
        if (sequence <= settled && !gone.has(id)) kept.add(priority, size);
      }
      passed.forget();
    },
  };
  return ledger;

  function isAway(id: number): boolean {
    return held.has(id) || gone.has(id);
  }
}
