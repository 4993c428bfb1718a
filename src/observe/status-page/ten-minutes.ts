import { SECOND } from "../../durations.ts";

const SLOT_MS = 10 * SECOND;
const SLOTS = 60;
const SLOTS_IN_A_MINUTE = 6;

/** What the last ten minutes were like, in slots of ten seconds. Times in milliseconds, on a clock that never jumps. */
export interface TenMinutes {
  /** A call was answered now, after so long. */
  add(now: number, milliseconds: number): void;
  /** The slowest call of each slot, the oldest first; null without any. 60 entries; the last is of the slot that goes on. */
  slowest(now: number): (number | null)[];
  /** Calls in the last minute; of the slot that is half out of it, half count. */
  perMinute(now: number): number;
}

export function createTenMinutes(): TenMinutes {
  const longest = new Float32Array(SLOTS);
  const counts = new Uint32Array(SLOTS);
  let latest = 0;

  /** Empties what has become old. */
  function slotAt(now: number): number {
    const slot = Math.floor(now / SLOT_MS);
    if (slot !== latest) {
      for (let each = Math.max(latest + 1, slot - SLOTS + 1); each <= slot; each += 1) {
        counts[each % SLOTS] = 0;
        longest[each % SLOTS] = 0;
      }
      latest = slot;
    }
    return slot;
  }

  const countAt = (slot: number): number => (slot < 0 ? 0 : (counts[slot % SLOTS] ?? 0));

  return {
    add(now, milliseconds) {
      const index = slotAt(now) % SLOTS;
      counts[index] = (counts[index] ?? 0) + 1;
      longest[index] = Math.max(longest[index] ?? 0, milliseconds);
    },
    slowest(now) {
      const slot = slotAt(now);
      return Array.from({ length: SLOTS }, (_, each) => {
        const index = (slot + 1 + each) % SLOTS;
        return counts[index] === 0 ? null : Math.round((longest[index] ?? 0) * 10) / 10;
      });
    },
    perMinute(now) {
      const slot = slotAt(now);
      let sum = 0;
      for (let back = 0; back < SLOTS_IN_A_MINUTE; back += 1) sum += countAt(slot - back);
      const isOut = (now % SLOT_MS) / SLOT_MS;
      return Math.round(sum + countAt(slot - SLOTS_IN_A_MINUTE) * (1 - isOut));
    },
  };
}
