import { HubhandError } from "../../errors.ts";
import type { DropReason, Drops } from "./drops.ts";
import type { Item } from "./item.ts";
import type { Ledger } from "./ledger.ts";

/** Gives messages up. */
export interface Dropping {
  /** One that has only a row. */
  row(row: { readonly id: number; readonly size: number }, reason: DropReason): void;
  /** One in memory. If nobody has been promised anything yet, whoever waits for it is told that it found no room. */
  item(item: Item, reason: DropReason): void;
}

export function createDropping(options: {
  readonly ledger: Ledger;
  readonly drops: Drops;
  /** Something is gone. */
  onDropped(): void;
}): Dropping {
  const { ledger, drops, onDropped } = options;
  return {
    row(row, reason) {
      ledger.forgetRow(row);
      drops.count(reason);
      onDropped();
    },
    item(item, reason) {
      ledger.forget(item);
      drops.count(reason);
      // One that is over was worth sending only until now: that is what was promised.
      if (reason === "full") item.reject(fullError());
      else item.resolve();
      onDropped();
    },
  };
}

export const fullError = (): HubhandError =>
  new HubhandError(
    "OUTBOX_FULL",
    "no room for the message: as much waits for the hub as may be kept, and nothing of it gives way to this one. Send less, or raise messages.outbox.maxMessages and maxBytes",
  );
