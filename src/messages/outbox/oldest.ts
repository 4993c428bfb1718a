import { total } from "./bounds.ts";
import type { Disk } from "./disk.ts";
import type { Expiry } from "./expiry.ts";
import type { Ledger } from "./ledger.ts";
import { PRIORITIES, placeOf } from "./order.ts";

/** Which message has been kept for the longest. Looked for only when somebody asks, and something has gone since. */
export interface Oldest {
  /** When it was handed over, milliseconds since 1970; undefined if none is kept. */
  handedOver(): number | undefined;
  /** Something was delivered, dropped or found: another may be the oldest. */
  changed(): void;
}

type Lifetime = Parameters<Expiry["handedOver"]>[0];

export function createOldest(options: {
  readonly ledger: Ledger;
  readonly disk: Pick<Disk, "store" | "failed">;
  readonly expiry: Expiry;
}): Oldest {
  const { ledger, disk, expiry } = options;
  let known: Lifetime | undefined;

  /** Of each priority the first row: they have the order in which they came. */
  function* rows(): Generator<Lifetime> {
    const { store } = disk;
    if (store === undefined) return;
    for (const priority of PRIORITIES) {
      for (const head of ledger.waitingRows(store.heads, { priority })) {
        yield { ...placeOf(head.id), ...head };
        break;
      }
    }
  }

  function* candidates(): Generator<Lifetime> {
    for (const { message } of ledger.memory.all()) {
      yield message;
      break;
    }
    for (const { message } of ledger.taken.values()) yield message;
    yield* rows();
  }

  function find(): Lifetime | undefined {
    let found: Lifetime | undefined;
    try {
      for (const one of candidates()) {
        if (found === undefined || expiry.handedOver(one) < expiry.handedOver(found)) found = one;
      }
    } catch (error) {
      disk.failed(error);
    }
    return found;
  }

  return {
    handedOver() {
      if (total(ledger.kept).messages === 0) return undefined;
      known ??= find();
      return known === undefined ? undefined : expiry.handedOver(known);
    },
    changed() {
      known = undefined;
    },
  };
}
