import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { MEBIBYTE } from "../../sizes.ts";
import { openDatabase } from "./database.ts";
import type { Item } from "./item.ts";
import type { Range } from "./ledger.ts";
import { endOf, PRIORITIES, placeOf, rowId } from "./order.ts";
import type { Priority } from "./outbox.ts";
import { COLUMNS, type Head, messageOfRow, type Row, type StoredMessage, valuesOf } from "./row.ts";

/** A smaller file is left as it is: its room is needed again. */
const LARGE = 4 * MEBIBYTE;

/** The file of the outbox. What is not a promise returns at once, and never waits for the disk to have written. */
export interface Store {
  /** In one transaction; safe from `kill -9` once it returns, from a power cut after `sync`. */
  write(change: {
    append: readonly Pick<Item, "message" | "size">[];
    remove: readonly number[];
    sequence: number;
  }): void;
  read(range: Range): StoredMessage[];
  heads(range: Range): Head[];
  /** The highest sequence that was ever kept here. */
  latest(): number;
  /** Resolves when all that was written is safe from a power cut. */
  sync(): Promise<void>;
  /** Whether whoever looks for it later will find it: not if it, its journal or a folder above was removed or moved away. */
  isInPlace(): Promise<boolean>;
  /** Bytes of the journal. */
  journalSize(): Promise<number>;
  /** Moves the journal's content into the file. Nothing may be written meanwhile. */
  checkpoint(): Promise<void>;
  /** Gives the room of a large file back to the disk. It costs as much as what is still in it. */
  shrink(): Promise<void>;
  /** @param how `broken`: without another look at what is in it */
  close(how?: "broken"): Promise<void>;
}

/**
 * Opens the outbox's file, and makes it if it is not there. One process at a time may have it.
 *
 * SQLite itself never waits for the disk here (`synchronous = OFF`): an SD card takes up to seconds for it, and direct
 * methods would wait as well. We do what it would have done, in the thread pool: the journal is synced before anybody is
 * promised anything, and before its content goes into the file; the file before the journal is emptied; the empty journal
 * before it is written to again. So after a power cut it is as `synchronous = FULL` would have left it.
 * @see https://www.sqlite.org/wal.html
 */
export async function openStore(path: string): Promise<Store> {
  const database = openDatabase(path);
  const handles: FileHandle[] = [];
  try {
    // Not before SQLite has its lock, and not closed before SQLite is: that would take the lock away (POSIX).
    const file = await open(path, "r+");
    handles.push(file);
    const journal = await open(`${path}-wal`, "r+");
    handles.push(journal);
    const store = storeOver({ path, database, file, journal });
    await store.checkpoint();
    // The folder may be as new as the file.
    await syncFolder(dirname(path));
    await syncFolder(dirname(dirname(path)));
    return store;
  } catch (error) {
    closeQuietly(database);
    await Promise.allSettled(handles.map((handle) => handle.close()));
    throw error;
  }
}

function storeOver({
  path,
  database,
  file,
  journal,
}: {
  path: string;
  database: DatabaseSync;
  file: FileHandle;
  journal: FileHandle;
}): Store {
  const insert = database.prepare(
    `INSERT OR REPLACE INTO messages (${COLUMNS}) VALUES (${COLUMNS.replaceAll(/\w+/g, "?")})`,
  );
  const remove = database.prepare("DELETE FROM messages WHERE id = ?");
  const range = "FROM messages WHERE id > ? AND id <= ? ORDER BY id LIMIT ?";
  const read = database.prepare(`SELECT ${COLUMNS} ${range}`);
  const heads = database.prepare(
    `SELECT id, size, created_at AS createdAt, expires_at AS expiresAt ${range}`,
  );
  const last = database.prepare("SELECT max(id) AS id FROM messages WHERE id <= ?");
  const latest = database.prepare("SELECT max(latest) AS latest FROM sequence");
  const remember = database.prepare("UPDATE sequence SET latest = ? WHERE latest < ?");
  const pageCount = database.prepare(
    "SELECT page_count AS pages, page_size AS bytes FROM pragma_page_count, pragma_page_size",
  );
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const checkpoint = (how: "PASSIVE" | "TRUNCATE") => database.exec(`PRAGMA wal_checkpoint(${how})`);

  const store: Store = {
    write({ append, remove: ids, sequence }) {
      begin.run();
      try {
        for (const id of ids) remove.run(id);
        // The rows that are left show the latest sequence, too: only what takes rows away must remember it.
        if (ids.length > 0) remember.run(sequence, sequence);
        for (const { message, size } of append) insert.run(...valuesOf(message, size));
        commit.run();
      } catch (error) {
        // SQLite has rolled back by itself where the disk is full.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    read: ({ after, upTo, most }) =>
      (read.all(after, upTo, most) as unknown as Row[]).map((row) => ({
        id: row.id,
        size: row.size,
        message: messageOfRow(row),
      })),
    heads: ({ after, upTo, most }) => heads.all(after, upTo, most) as unknown as Head[],
    latest() {
      const kept = PRIORITIES.map((priority: Priority) => {
        const { id } = last.get(endOf(priority)) as { id: number | null };
        return id === null || id < rowId({ priority, sequence: 0 }) ? 0 : placeOf(id).sequence;
      });
      return Math.max((latest.get() as { latest: number | null }).latest ?? 0, ...kept);
    },
    sync: () => journal.datasync(),
    isInPlace: async () => (await isAt(path, file)) && (await isAt(`${path}-wal`, journal)),
    journalSize: async () => (await journal.stat()).size,
    async checkpoint() {
      await journal.datasync();
      checkpoint("PASSIVE");
      await file.datasync();
      checkpoint("TRUNCATE");
      await journal.sync();
    },
    async shrink() {
      if ((await file.stat()).size <= LARGE) return;
      database.exec("VACUUM");
      // All that is left is in the journal. The checkpoint would cut the file as well, and hold up the event loop for it.
      await journal.datasync();
      const { pages, bytes } = pageCount.get() as { pages: number; bytes: number };
      await file.truncate(pages * bytes);
      await store.checkpoint();
    },
    async close(how) {
      try {
        if (how !== "broken") await store.checkpoint();
      } finally {
        closeQuietly(database);
        await Promise.allSettled([file.close(), journal.close()]);
      }
    },
  };
  return store;
}

/** A file that was just made is not there after a power cut unless its folder is synced as well. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function isAt(path: string, handle: FileHandle): Promise<boolean> {
  const ours = await handle.stat();
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  return found?.ino === ours.ino && found.dev === ours.dev;
}

function closeQuietly(database: DatabaseSync): void {
  try {
    database.close();
  } catch {
    // It is to be closed because something is wrong with it; that has been told.
  }
}
