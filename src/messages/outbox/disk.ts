import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import { MINUTE, SECOND } from "../../durations.ts";
import { backoffCeiling } from "../../full-jitter.ts";
import { KIBIBYTE, MEBIBYTE } from "../../sizes.ts";
import { total } from "./bounds.ts";
import { type DiskFault, diskFault } from "./disk-fault.ts";
import type { Ledger } from "./ledger.ts";
import { placeOf } from "./order.ts";
import { moveAside, saveReadable } from "./recover.ts";
import type { Head } from "./row.ts";
import { openStore, type Store } from "./store.ts";
import { createTallies } from "./tallies.ts";
import { createTimers } from "./timers.ts";

/** One transaction takes no more: some milliseconds on a Pi, for which direct methods wait. */
const TRANSACTION = { messages: 200, bytes: 256 * KIBIBYTE, rows: 400 } as const;
/** So many rows are counted at once. */
const COUNTED = 1_000;
/** Rows whose messages are acknowledged wait so long for others, to be removed together. */
const REMOVE_DELAY = 5 * SECOND;
/** A journal of more is moved into the file; `busy` while there is still more to be written. */
const JOURNAL = { quiet: MEBIBYTE, busy: 8 * MEBIBYTE } as const;
/** 5 s, 10 s, 20 s, … 5 min: when a disk that took nothing is tried again. */
const RETRY = { base: 5 * SECOND, max: 5 * MINUTE, growth: 2 } as const;

const FILE = "outbox.db";

export interface Disk {
  /** The rows; undefined while they cannot be read. */
  readonly store: Store | undefined;
  /** What could be read of a corrupt file is being saved: nothing is known of the order until then. */
  readonly isRecovering: boolean;
  /** Why messages are in memory only. */
  readonly problem: string | undefined;
  /** There is something to be written, within the delay of writing. */
  append(): void;
  /** There are rows to be removed, some time. */
  remove(): void;
  /** The store could not be read. */
  failed(error: unknown): void;
  /** Opens the file, if there is one. */
  start(): Promise<void>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

export interface DiskOptions {
  /** The folder of the file; made when it is first needed. */
  readonly directory: string;
  readonly ledger: Ledger;
  /** Milliseconds. */
  readonly writeDelay: number;
  readonly logger: Logger;
  readonly clock: Clock;
  /** What earlier runs left is in the ledger; what is in memory has got sequences that are higher by so much. */
  onOpened(shift: number): void;
  /** The disk takes nothing, or takes it again. */
  onChange(isWell: boolean): void;
  /** So many were lost with a corrupt file. */
  onLost(messages: number): void;
}

/**
 * Keeps the ledger on disk: writes in groups, syncs them, removes lazily, goes on without the disk and back to it. One
 * thing is done after the other.
 */
export function createDisk(options: DiskOptions): Disk {
  const { directory, ledger, writeDelay, logger, clock } = options;
  const path = join(directory, FILE);
  const timers = createTimers<"write" | "remove" | "retry">(clock);
  let store: Store | undefined;
  let wasOpened = false;
  let isRecovering = false;
  let trouble: { problem: string; attempts: number } | undefined;
  let work: Promise<void> = Promise.resolve();
  let isQueued = false;
  let isClosed = false;

  const disk: Disk = {
    get store() {
      return store;
    },
    get isRecovering() {
      return isRecovering;
    },
    get problem() {
      return trouble?.problem;
    },
    append() {
      if (trouble === undefined && !isClosed) timers.set("write", writeDelay, queue);
    },
    remove() {
      if (trouble !== undefined || isClosed || ledger.gone.size === 0) return;
      timers.set("remove", ledger.gone.size < TRANSACTION.rows ? REMOVE_DELAY : 0, queue);
    },
    failed(error) {
      work = work.then(() => fail(error));
    },
    async start() {
      if (!existsSync(path)) return;
      work = work.then(() => attempt(async () => void (await opened())));
      await work;
    },
    async close() {
      isClosed = true;
      timers.stop();
      await work;
      await attempt(writeAll);
      timers.stop();
      await store?.close().catch((error) => logger.warn(diskFault(error, path).problem));
      store = undefined;
    },
  };
  return disk;

  function queue(): void {
    if (isQueued || isClosed) return;
    isQueued = true;
    work = work.then(async () => {
      isQueued = false;
      await attempt(writeAll);
      if (ledger.memory.size > 0) disk.append();
      disk.remove();
    });
  }

  /** What fails leaves everything as it was, in memory, to be tried again. */
  async function attempt(what: () => Promise<void>): Promise<void> {
    try {
      // A journal that is in the file can be written over: there may be room for more on a full disk.
      if (trouble !== undefined) await store?.checkpoint();
      await what();
      if (trouble === undefined) return;
      trouble = undefined;
      logger.info(`${path}: messages to the hub are kept on disk again`);
      options.onChange(true);
    } catch (error) {
      await fail(error);
    }
  }

  async function writeAll(): Promise<void> {
    // What comes meanwhile is for the next time: promises must not wait for ever.
    const upTo = ledger.latest;
    let appended = 0;
    for (;;) {
      const append = ledger.memory.unwritten({ upTo, ...TRANSACTION });
      const remove = firstOf(ledger.gone, TRANSACTION.rows);
      if (append.length === 0 && remove.length === 0) break;
      const file = await opened();
      file.write({ append, remove, sequence: ledger.latest });
      for (const item of append) {
        item.where = "written";
        item.hasRow = true;
      }
      for (const id of remove) ledger.gone.delete(id);
      appended += append.length;
      if ((await file.journalSize()) > JOURNAL.busy) await file.checkpoint();
      else await nextTurn();
    }
    if (appended > 0) await store?.sync();
    for (const item of ledger.settle(upTo)) item.resolve();
    if (store !== undefined && (await store.journalSize()) > JOURNAL.quiet) await store.checkpoint();
  }

  async function opened(): Promise<Store> {
    if (store !== undefined) return store;
    const file = await openStore(path);
    try {
      if (wasOpened) reconcile(file);
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

  /** Later: the file may have lost what it had. What was handed out is known. */
  function reconcile(file: Store): void {
    const append = [...ledger.taken.values()].filter(({ where }) => where === "disk");
    file.write({ append, remove: [], sequence: ledger.latest });
    ledger.recount(rowsOf(file));
  }

  async function fail(error: unknown): Promise<void> {
    let fault = diskFault(error, path);
    if (fault.kind === "corrupt") {
      try {
        await startAfresh(fault);
        return;
      } catch (another) {
        fault = diskFault(another, path);
      }
    }
    if (fault.kind !== "refused") {
      await store?.close("broken");
      store = undefined;
    }
    ledger.unsafe();
    const attempts = (trouble?.attempts ?? 0) + 1;
    if (trouble?.problem !== fault.problem) {
      logger.error(`messages to the hub are kept in memory only: ${fault.problem}`);
    }
    trouble = { problem: fault.problem, attempts };
    options.onChange(false);
    if (!isClosed) timers.set("retry", backoffCeiling(RETRY, attempts - 1), queue);
  }

  async function startAfresh({ problem }: DiskFault): Promise<void> {
    const before = total(ledger.kept).messages;
    isRecovering = true;
    try {
      const aside = await moveAside(path, clock.wallClock());
      await store?.close("broken");
      store = undefined;
      ledger.unsafe();
      const file = await openStore(path);
      const saved = await saveReadable(aside, file);
      await file.close();
      await opened();
      const lost = wasOpened ? Math.max(0, before - total(ledger.kept).messages) : 0;
      logger.error({ aside, saved, lost }, `${problem}: the file was moved aside, and a new one begun`);
      options.onLost(lost);
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

function* rowsOf(file: Store): Generator<Head> {
  for (const heads of pages(file)) yield* heads;
}

function firstOf<Some>(some: Iterable<Some>, most: number): readonly Some[] {
  const found: Some[] = [];
  for (const one of some) {
    if (found.length === most) break;
    found.push(one);
  }
  return found;
}
