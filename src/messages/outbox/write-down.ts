import { setImmediate as nextTurn } from "node:timers/promises";
import { KIBIBYTE, MEBIBYTE } from "../../sizes.ts";
import { Displaced } from "../on-disk/disk-fault.ts";
import { total } from "./bounds.ts";
import type { Ledger } from "./ledger.ts";
import type { Store } from "./store.ts";

/** So many rows are removed in one transaction at most. */
export const REMOVED_TOGETHER = 400;
/** One transaction takes no more: a few milliseconds on a Pi, for which direct methods wait. */
const TRANSACTION = { messages: 100, bytes: 128 * KIBIBYTE } as const;
/** The same in bytes, as SQLite looks at each page of what it removes. */
const REMOVED_BYTES = MEBIBYTE;
/** A journal of more is moved into the file; `busy` while there is still more to be written. */
const JOURNAL = { quiet: 512 * KIBIBYTE, busy: 4 * MEBIBYTE } as const;

/**
 * Brings the file in line with the ledger: what is only in memory is written, what is gone is removed, some at a time, and
 * whoever was promised is told once all is safe, and will be found.
 * @throws what the file says, or Displaced; the promises are still open then
 */
export async function writeDown(ledger: Ledger, file: Store): Promise<void> {
  // What comes and goes meanwhile is for the next time: promises must not wait until a backlog is sent, and what goes then
  // is removed together.
  const upTo = ledger.latest;
  let toRemove = ledger.gone.size;
  let appended = 0;
  for (;;) {
    const append = ledger.memory.unwritten({ upTo, ...TRANSACTION });
    const remove = firstOf(ledger.gone, Math.min(toRemove, REMOVED_TOGETHER));
    if (append.length === 0 && remove.length === 0) break;
    file.write({ append, remove, sequence: ledger.latest });
    for (const item of append) {
      item.where = "written";
      item.hasRow = true;
    }
    for (const id of remove) ledger.gone.delete(id);
    toRemove -= remove.length;
    appended += append.length;
    if ((await file.journalSize()) > JOURNAL.busy) await file.checkpoint();
    else await nextTurn();
  }
  if (appended > 0) await file.sync();
  await checkIsInPlace(file);
  for (const item of ledger.settle(upTo)) item.resolve();
  if ((await file.journalSize()) > JOURNAL.quiet) await file.checkpoint();
  if (total(ledger.kept).messages === 0 && ledger.gone.size === 0) await file.shrink();
}

/** @throws Displaced */
export async function checkIsInPlace(file: Store): Promise<void> {
  if (!(await file.isInPlace())) throw new Displaced();
}

/** Keys of rows that are removed together. */
function firstOf(gone: ReadonlyMap<number, number>, most: number): readonly number[] {
  const found: number[] = [];
  let bytes = 0;
  for (const [id, size] of gone) {
    if (found.length >= most || bytes >= REMOVED_BYTES) break;
    found.push(id);
    bytes += size;
  }
  return found;
}
