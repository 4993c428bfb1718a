import { copyFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import { asidePath, asidesLeft, moveAside, removeOldest, setDone } from "../on-disk/asides.ts";
import { total } from "./bounds.ts";
import type { Item } from "./item.ts";
import { journalDamage } from "./journal-damage.ts";
import type { Ledger } from "./ledger.ts";
import { placeOf } from "./order.ts";
import { copyInto, saveReadable } from "./recover.ts";
import type { Head } from "./row.ts";
import { openStore, type Store } from "./store.ts";
import { createTallies } from "./tallies.ts";

/** So many rows are counted at once. */
const COUNTED = 1_000;

/** Holds the open store, and brings the ledger in line with what is found in it. */
export interface Holder {
  /** Undefined while there is none. */
  readonly store: Store | undefined;
  /** Messages of a file that is no more are being saved. */
  readonly isRecovering: boolean;
  /**
   * Opens the file, with what is still to be taken over from another.
   * @throws what SQLite or the file system says; then there is none
   */
  open(): Promise<Store>;
  /** What is handed out at this moment will not be lost, whatever the file has lost by `startAfresh`. */
  remember(): void;
  /** Moves a corrupt file aside, begins another, and saves what can be read. @throws as `open` */
  startAfresh(problem: string): Promise<void>;
  /** The open file has lost its name: writes what is in it to where it should be. @throws as `open`; it may be open still */
  writeAnew(problem: string): Promise<void>;
  close(how?: "broken"): Promise<void>;
}

export interface HolderOptions {
  readonly path: string;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly clock: Clock;
  /** What earlier runs left, so many, is in the ledger; what is in memory has got sequences that are higher by `shift`. */
  onOpened(found: { messages: number; shift: number }): void;
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
    startAfresh: (problem) =>
      recovering(async () => {
        remembered = handedOut();
        const aside = await moveAside(path, clock.wallClock(), "saving");
        await holder.close("broken");
        ledger.unsafe();
        logger.error(
          { event: "outbox.file-replaced", aside },
          `${problem}: the file is moved aside, and a new one begun`,
        );
        await opened();
      }),
    writeAnew: (problem) =>
      recovering(async () => {
        if (store !== undefined) {
          const saved = await copied(store);
          logger.error(
            { event: "outbox.file-rewritten", saved },
            `${problem}: what was in it is written anew`,
          );
          // SQLite removes a journal of that name as it closes: the new file must not have one yet.
          await holder.close("broken");
          ledger.unsafe();
        }
        await opened();
      }),
    async close(how) {
      const file = store;
      store = undefined;
      await file?.close(how);
    },
  };
  return holder;

  async function opened(): Promise<Store> {
    if (store !== undefined) return store;
    const damage = await journalDamage(`${path}-wal`);
    if (damage !== undefined) await tellOfDamage(damage);
    const file = await openStore(path);
    try {
      await takeOver(file);
      if (wasOpened) await reconcile(file);
      else await adopt(file);
    } catch (error) {
      await file.close("broken");
      throw error;
    }
    store = file;
    return file;
  }

  /** SQLite is about to write over it. */
  async function tellOfDamage(damage: string): Promise<void> {
    const aside = asidePath(`${path}.journal`, clock.wallClock(), "corrupt");
    const isKept = await copyFile(`${path}-wal`, aside).then(
      () => removeOldest(path).then(() => true),
      () => false,
    );
    logger.error(
      { event: "outbox.journal-damaged", ...(isKept ? { aside } : {}) },
      `${path}: the journal that an earlier run has left is not whole: ${damage}. Messages that were kept are lost, nobody can say how many: replace a worn card`,
    );
  }

  async function takeOver(file: Store): Promise<void> {
    for (const aside of asidesLeft(path)) {
      const saved = await saveReadable(aside, file);
      const kept = await setDone(path, aside);
      logger.info(
        { event: "outbox.taken-over", saved, from: kept ?? aside },
        "messages of another file are taken over",
      );
    }
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
    options.onOpened({ shift, messages: total(amounts).messages });
  }

  /** Messages that had a row and were handed out: they are known, whatever the file has lost. */
  function handedOut(): readonly Item[] {
    const now = [...ledger.taken.values()].filter(({ where }) => where === "disk");
    return [...new Set([...remembered, ...now])];
  }

  /** Later: the file may have lost what it had. */
  async function reconcile(file: Store): Promise<void> {
    file.write({ append: handedOut(), remove: [], sequence: ledger.latest });
    remembered = [];
    const rows: Head[][] = [];
    for (const heads of pages(file)) {
      rows.push(heads);
      await nextTurn();
    }
    const before = total(ledger.kept).messages;
    ledger.recount(rows.flat());
    options.onLost(before - total(ledger.kept).messages);
  }

  async function copied(from: Store): Promise<number> {
    const copy = asidePath(path, clock.wallClock(), "moved");
    try {
      return await copyInto(copy, from);
    } catch (error) {
      // Half of it helps nobody, and a disk that is full takes no more of them.
      await setDone(path, copy).catch(() => {});
      throw error;
    }
  }

  async function recovering(what: () => Promise<void>): Promise<void> {
    isRecovering = true;
    try {
      await what();
    } finally {
      isRecovering = false;
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
