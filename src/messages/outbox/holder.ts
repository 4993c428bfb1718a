import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import { total } from "./bounds.ts";
import type { Item } from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { placeOf } from "./order.ts";
import { moveAside, saveReadable } from "./recover.ts";
import type { Head } from "./row.ts";
import { openStore, type Store } from "./store.ts";
import { createTallies } from "./tallies.ts";

/** So many rows are counted at once. */
const COUNTED = 1_000;

/** Holds the open store, and brings the ledger in line with what is found in it. */
export interface Holder {
  /** Undefined while there is none. */
  readonly store: Store | undefined;
  /** What could be read of a corrupt file is being saved. */
  readonly isRecovering: boolean;
  /** @throws what SQLite or the file system says; then there is none */
  open(): Promise<Store>;
  /** What is handed out at this moment will not be lost, whatever the file has lost by `startAfresh`. */
  remember(): void;
  /** Moves a corrupt file aside, begins another, and saves what can be read. @throws as `open` */
  startAfresh(problem: string): Promise<void>;
  close(how?: "broken"): Promise<void>;
}

export interface HolderOptions {
  readonly path: string;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly clock: Clock;
  /** What earlier runs left is in the ledger; what is in memory has got sequences that are higher by so much. */
  onOpened(shift: number): void;
  /** So many were lost, or came back if it is less than 0: the file is not as it was left. */
  onLost(messages: number): void;
}

export function createHolder(options: HolderOptions): Holder {
  const { path, ledger, logger, clock } = options;
  let store: Store | undefined;
  let wasOpened = false;
  let isRecovering = false;
  let remembered: readonly Item[] = [];

  const holder: Holder = {
    get store() {
      return store;
    },
    get isRecovering() {
      return isRecovering;
    },
    open: opened,
    remember() {
      remembered = handedOut();
    },
    startAfresh,
    async close(how) {
      const file = store;
      store = undefined;
      await file?.close(how);
    },
  };
  return holder;

  async function opened(): Promise<Store> {
    if (store !== undefined) return store;
    const file = await openStore(path);
    try {
      if (wasOpened) reconcile(file, handedOut());
      else await adopt(file);
    } catch (error) {
      await file.close("broken");
      throw error;
    }
    store = file;
    return file;
  }

  /** At the first time: what is in the file comes from earlier runs. */
  async function adopt(file: Store): Promise<void> {
    const { amounts, add } = createTallies();
    for (const heads of pages(file)) {
      for (const { id, size } of heads) add(placeOf(id).priority, size);
      await nextTurn();
    }
    const { shift } = ledger.adopt({ amounts, latest: file.latest() });
    wasOpened = true;
    options.onOpened(shift);
  }

  /** Messages that had a row and were handed out: they are known, whatever the file has lost. */
  function handedOut(): readonly Item[] {
    return [...ledger.taken.values()].filter(({ where }) => where === "disk");
  }

  /** Later: the file may have lost what it had. */
  function reconcile(file: Store, known: readonly Item[]): void {
    const before = total(ledger.kept).messages;
    file.write({ append: known, remove: [], sequence: ledger.latest });
    ledger.recount(rowsOf(file));
    options.onLost(before - total(ledger.kept).messages);
  }

  async function startAfresh(problem: string): Promise<void> {
    isRecovering = true;
    const known = new Set([...remembered, ...handedOut()]);
    try {
      const aside = await moveAside(path, clock.wallClock());
      await holder.close("broken");
      ledger.unsafe();
      const file = await openStore(path);
      const saved = await saveReadable(aside, file);
      if (wasOpened) file.write({ append: [...known], remove: [], sequence: ledger.latest });
      await file.close();
      await opened();
      logger.error({ aside, saved }, `${problem}: the file was moved aside, and a new one begun`);
    } finally {
      isRecovering = false;
      remembered = [];
    }
  }
}

/** All rows, some at a time. */
function* pages(file: Store): Generator<Head[]> {
  let after = -1;
  for (;;) {
    const heads = file.heads({ after, upTo: Number.MAX_SAFE_INTEGER, most: COUNTED });
    yield heads;
    if (heads.length < COUNTED) return;
    after = heads.at(-1)?.id ?? after;
  }
}

function* rowsOf(file: Store): Generator<Head> {
  for (const heads of pages(file)) yield* heads;
}
