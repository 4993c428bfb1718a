import { MEBIBYTE } from "../../sizes.ts";
import { type Amount, type Bounds, canGiveWay, excess, total, type WhenFull } from "./bounds.ts";
import type { Disk } from "./disk.ts";
import type { Dropping } from "./dropping.ts";
import type { Ledger } from "./ledger.ts";
import { PRIORITIES } from "./order.ts";
import type { Priority } from "./outbox.ts";

/** While the disk takes nothing no more is kept in memory, whatever the bounds are. */
const MEMORY_BYTES = 4 * MEBIBYTE;

/** Makes room where there is none, as the bounds and the policy say. */
export interface Room {
  /** Whether there is room for one more. What gives way to it has been dropped; nothing is dropped in vain. */
  make(priority: Priority, size: number): boolean;
  /** Brings what is in memory down to what may be kept there without a disk. */
  trimMemory(): void;
}

export function createRoom(options: {
  readonly ledger: Ledger;
  readonly disk: Pick<Disk, "store" | "problem" | "failed">;
  readonly bounds: Bounds;
  readonly whenFull: WhenFull;
  readonly dropping: Dropping;
}): Room {
  const { ledger, disk, bounds, whenFull, dropping } = options;
  const inMemory: Bounds = { ...bounds, maxBytes: Math.min(bounds.maxBytes, MEMORY_BYTES) };
  const memory = (): Amount => ({ messages: ledger.memory.size, bytes: ledger.memory.bytes });

  return {
    make(priority, size) {
      const wanted = excess(total(ledger.kept), size, bounds);
      // What cannot be read cannot be dropped either.
      if (!free(wanted, priority, disk.store === undefined ? "memory" : "anywhere")) return false;
      return disk.problem === undefined || free(excess(memory(), size, inMemory), priority, "memory");
    },
    trimMemory() {
      drop(
        {
          messages: ledger.memory.size - inMemory.maxMessages,
          bytes: ledger.memory.bytes - inMemory.maxBytes,
        },
        0,
        "memory",
      );
    },
  };

  function free(wanted: Amount, priority: Priority, where: "memory" | "anywhere"): boolean {
    if (wanted.messages === 0 && wanted.bytes === 0) return true;
    if (whenFull === "refuse") return false;
    const waiting = where === "memory" ? ledger.waitingInMemory() : ledger.waiting();
    return canGiveWay(waiting, priority, wanted) && drop(wanted, priority, where);
  }

  /** The lowest priority first, the oldest of it first. */
  function drop(wanted: Amount, priority: Priority, where: "memory" | "anywhere"): boolean {
    let { messages, bytes } = wanted;
    const isEnough = () => messages <= 0 && bytes <= 0;
    const dropped = ({ size }: { size: number }) => {
      messages -= 1;
      bytes -= size;
    };
    for (const lower of PRIORITIES.slice(priority).reverse()) {
      if (where === "anywhere") {
        for (const row of rowsOf(lower)) {
          if (isEnough()) return true;
          dropping.row(row, "full");
          dropped(row);
        }
      }
      for (const item of ledger.memory.of(lower)) {
        if (isEnough()) return true;
        if (item.takenAs !== undefined) continue;
        dropping.item(item, "full");
        dropped(item);
      }
    }
    return isEnough();
  }

  function* rowsOf(priority: Priority): Generator<{ id: number; size: number }> {
    const { store } = disk;
    if (store === undefined) return;
    try {
      yield* ledger.waitingRows(store.heads, { priority });
    } catch (error) {
      disk.failed(error);
    }
  }
}
