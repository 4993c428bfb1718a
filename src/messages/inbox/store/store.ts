import { rm } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../../clock.ts";
import { messageOf } from "../../../errors.ts";
import type { Logger } from "../../../events/logger.ts";
import { MEBIBYTE } from "../../../sizes.ts";
import { moveAside } from "../../on-disk/asides.ts";
import { diskFault } from "../../on-disk/disk-fault.ts";
import { type DurableDatabase, openDurable } from "../../on-disk/durable-database.ts";
import type { CloudMessage } from "../cloud-message.ts";
import { type KeptMessage, prepare, type Rows, readRows } from "./rows.ts";
import { createTrouble } from "./trouble.ts";

/** Beyond either the hub keeps the rest. */
const MOST_MESSAGES = 1_000;
const MOST_BYTES = 16 * MEBIBYTE;
/** What is handled is deleted with what else there is to write, or so long afterwards: a kill before that makes a double. */
const DELETE_AFTER_MS = 50;
/** So much may be written before it is moved from the journal to the file: a few hundred messages. */
const MOST_JOURNAL_BYTES = MEBIBYTE;
const FILE = "inbox.db";

/** Where they are kept. */
export const inboxFile = (directory: string): string => path.join(directory, FILE);

export interface StoreStatus {
  readonly onDisk: boolean;
  readonly messages: number;
  readonly bytes: number;
  /** Why the disk takes none, for a person. */
  readonly problem?: string;
}

/** The cloud-to-device messages that are on disk until they are handled. */
export interface InboxStore {
  /** Opens the file. Never rejects: a disk that gives nothing is told, and tried again with the next message. */
  open(): Promise<void>;
  /** Whether there is room for one more of so many bytes. */
  hasRoom(size: number): boolean;
  /** Resolves to its number when it is safe from a kill and a power cut, in the order of the calls; rejects if the disk takes none. */
  add(message: CloudMessage, size: number): Promise<number>;
  /** False of one whose file was damaged and had to be given up. */
  holds(row: number): boolean;
  /** @returns undefined if it cannot be read any more */
  read(row: number): CloudMessage | undefined;
  /** Notes that an attempt begins: one that kills the agent counts. Resolves when a kill does not take it back. */
  attempted(row: number, attempts: number): Promise<void>;
  /** It is over; it is off the disk a little later. */
  remove(row: number): void;
  status(): StoreStatus;
  close(): Promise<void>;
  /** Closes it for good, and removes the file if nothing is in it. */
  discard(): Promise<void>;
}

/** What an earlier run left, and can be handled. */
export type FoundMessage = KeptMessage & { readonly facts: NonNullable<KeptMessage["facts"]> };

export interface InboxStoreOptions {
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told what earlier runs left, the oldest first, and how much of it nobody can read, when the file could be opened. */
  onFound(messages: readonly FoundMessage[], unreadable: number): void;
}

interface Adding {
  readonly message: CloudMessage;
  readonly size: number;
  resolve(row: number): void;
  reject(error: unknown): void;
}

export function createInboxStore(options: InboxStoreOptions): InboxStore {
  const { directory, logger, clock } = options;
  const file = inboxFile(directory);
  const sizes = new Map<number, number>();
  let database: DurableDatabase | undefined;
  let rows: Rows | undefined;
  let opening: Promise<Rows> | undefined;
  const trouble = createTrouble({ ...options, file, tryAgain });
  const { failed, worked } = trouble;
  let bytes = 0;
  let nextRow = 1;
  /** Those that wait to be written. */
  let adding: Adding[] = [];
  /** Those and the ones that are being written. */
  const coming = { messages: 0, bytes: 0 };
  let removed: number[] = [];
  let cancelDelete: (() => void) | undefined;
  let writing: Promise<void> | undefined;
  let tidying: Promise<void> | undefined;
  let isClosed = false;
  let closing: Promise<void> | undefined;

  function openFile(): Promise<Rows> | Rows {
    if (rows !== undefined) return rows;
    opening ??= readFile().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function readFile(): Promise<Rows> {
    const opened = await openDurable(file, prepare);
    const { ready, kept } = await readRows(opened);
    database = opened;
    rows = ready;
    const found = kept.filter((message): message is FoundMessage => message.facts !== undefined);
    for (const { row, size } of found) count(row, size);
    nextRow = Math.max(nextRow, ...kept.map(({ row }) => row + 1));
    if (kept.length > found.length) {
      const unreadable = kept.filter(({ facts }) => facts === undefined).map(({ row }) => row);
      logger.error(
        { event: "inbox.unreadable", messages: unreadable.length },
        "messages that were on disk can be read no more",
      );
      removeSoon(unreadable);
    }
    if (kept.length > 0) options.onFound(found, kept.length - found.length);
    return ready;
  }

  /** One that is damaged makes room for a new one; what was in it is lost, and kept for whoever looks. */
  async function openWhole(): Promise<Rows> {
    try {
      return await openFile();
    } catch (error) {
      if (!isDamage(error)) throw error;
      await giveUpFile(error);
      return await openFile();
    }
  }

  async function giveUpFile(error: unknown): Promise<void> {
    const old = database;
    database = undefined;
    rows = undefined;
    sizes.clear();
    bytes = 0;
    removed = [];
    await old?.close().catch(() => {});
    const aside = await moveAside(file, clock.wallClock(), "corrupt");
    logger.error(
      { event: "inbox.file-replaced" },
      `${file} is damaged (${messageOf(error)}) and is now ${aside}; a new one is begun`,
    );
  }

  async function tryAgain(): Promise<void> {
    try {
      const open = await openWhole();
      // A deletion that works proves little: a disk that is nearly full takes it, and no message.
      if (!isClosed && (await writeNow(open.touch))) worked();
    } catch (error) {
      failed(error);
    }
  }

  async function writeAll(): Promise<void> {
    while (adding.length > 0) {
      const batch = adding;
      adding = [];
      try {
        const numbered = await writeBatch(batch);
        worked();
        for (const { one, row } of numbered) {
          count(row, one.size);
          one.resolve(row);
        }
      } catch (error) {
        failed(error);
        if (isDamage(error)) await giveUpFile(error).catch(failed);
        for (const one of batch) one.reject(error);
      }
      coming.messages -= batch.length;
      for (const { size } of batch) coming.bytes -= size;
      tidying = tidy().catch(failed);
      await tidying;
      tidying = undefined;
    }
  }

  async function tidy(): Promise<void> {
    if (database !== undefined && (await database.journalSize()) >= MOST_JOURNAL_BYTES)
      await database.checkpoint();
  }

  async function writeBatch(batch: readonly Adding[]) {
    const open = await openWhole();
    const numbered = batch.map((one) => {
      const row = nextRow;
      nextRow += 1;
      return { one, row };
    });
    const gone = removed;
    database?.transaction(() => {
      open.remove(gone);
      for (const { one, row } of numbered) open.add(row, one.message, clock.wallClock());
    });
    removed = removed.slice(gone.length);
    await database?.sync();
    return numbered;
  }

  function count(row: number, size: number): void {
    sizes.set(row, size);
    bytes += size;
  }

  /** Writes this, and the deletions that wait; whether the disk took it. */
  async function writeNow(work: (rows: Rows) => void): Promise<boolean> {
    while (tidying !== undefined) await tidying;
    const open = rows;
    if (open === undefined) return false;
    const gone = removed;
    try {
      database?.transaction(() => {
        open.remove(gone);
        work(open);
      });
      removed = removed.slice(gone.length);
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  function removeSoon(gone: readonly number[]): void {
    removed.push(...gone);
    cancelDelete ??= clock.setTimer(DELETE_AFTER_MS, () => void deleteRemoved());
  }

  async function deleteRemoved(): Promise<void> {
    cancelDelete?.();
    cancelDelete = undefined;
    if (removed.length > 0) await writeNow(() => {});
  }

  return {
    async open() {
      await openWhole().catch(failed);
    },
    hasRoom: (size) =>
      sizes.size + coming.messages < MOST_MESSAGES && bytes + coming.bytes + size <= MOST_BYTES,
    add(message, size) {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error("the inbox is closed"));
        adding.push({ message, size, resolve, reject });
        coming.messages += 1;
        coming.bytes += size;
        // In the next turn: the hub sends all that it has at once, and they are written together.
        writing ??= new Promise<void>((next) => setImmediate(next)).then(writeAll).finally(() => {
          writing = undefined;
        });
      });
    },
    holds: (row) => sizes.has(row),
    read(row) {
      try {
        return rows?.read(row);
      } catch (error) {
        failed(error);
        return undefined;
      }
    },
    async attempted(row, attempts) {
      if (sizes.has(row)) await writeNow((open) => open.attempted(row, attempts));
    },
    remove(row) {
      const size = sizes.get(row);
      if (size === undefined) return;
      sizes.delete(row);
      bytes -= size;
      removeSoon([row]);
    },
    status() {
      const { problem } = trouble;
      const onDisk = problem === undefined;
      return { onDisk, messages: sizes.size, bytes, ...(onDisk ? {} : { problem }) };
    },
    close,
    async discard() {
      if (isClosed) return;
      await close();
      if (trouble.problem === undefined) await rm(file, { force: true }).catch(failed);
    },
  };

  function close(): Promise<void> {
    isClosed = true;
    trouble.close();
    closing ??= closeFile();
    return closing;
  }

  async function closeFile(): Promise<void> {
    await writing;
    await deleteRemoved();
    await database?.close().catch(failed);
    database = undefined;
    rows = undefined;
  }
}

const isDamage = (error: unknown): boolean => diskFault(error, "").kind === "corrupt";
