import { type Amounts, total } from "./bounds.ts";
import type { Item } from "./item.ts";
import { PRIORITIES } from "./order.ts";
import type { Priority } from "./outbox.ts";
import { createTallies } from "./tallies.ts";

/** The messages that are not safe on disk: always the latest ones. */
export interface Memory {
  add(item: Item): void;
  remove(item: Item): void;
  /** Those of a priority in their order, taken ones too. */
  of(priority: Priority): Iterable<Item>;
  /** The oldest that have no row yet, up to a sequence, at most so many and about so many bytes. */
  unwritten(limits: { upTo: number; messages: number; bytes: number }): readonly Item[];
  /** All of them in their order. */
  all(): Iterable<Item>;
  /** The sequence of the first; undefined if there is none. */
  first(): number | undefined;
  clear(): void;
  readonly amounts: Amounts;
  readonly size: number;
  readonly bytes: number;
}

export function createMemory(): Memory {
  const all = new Map<number, Item>();
  const byPriority = PRIORITIES.map(() => new Map<number, Item>());
  const ofPriority = (priority: Priority) => byPriority[priority] ?? new Map<number, Item>();
  const tallies = createTallies();

  return {
    amounts: tallies.amounts,
    add(item) {
      const { sequence, priority } = item.message;
      all.set(sequence, item);
      ofPriority(priority).set(sequence, item);
      tallies.add(priority, item.size);
    },
    remove(item) {
      const { sequence, priority } = item.message;
      if (!all.delete(sequence)) return;
      ofPriority(priority).delete(sequence);
      tallies.remove(priority, item.size);
    },
    of: (priority) => ofPriority(priority).values(),
    unwritten({ upTo, messages, bytes: most }) {
      const found: Item[] = [];
      let size = 0;
      for (const item of all.values()) {
        if (item.message.sequence > upTo || found.length === messages || size >= most) break;
        if (item.where !== "memory") continue;
        found.push(item);
        size += item.size;
      }
      return found;
    },
    all: () => all.values(),
    first: () => all.keys().next().value,
    clear() {
      all.clear();
      for (const some of byPriority) some.clear();
      tallies.clear();
    },
    get size() {
      return all.size;
    },
    get bytes() {
      return total(tallies.amounts).bytes;
    },
  };
}
