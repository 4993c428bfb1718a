import { accessSync, closeSync, constants, openSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { makeFolder } from "../../files/make-folder.ts";
import { loadSqlite } from "../../sqlite.ts";

/**
 * A database of SQLite for which the event loop never waits until the disk has written: an SD card takes up to seconds for
 * that, and direct methods would wait as well.
 */
export interface DurableDatabase {
  readonly database: DatabaseSync;
  /** The file itself, for whoever cuts it. */
  readonly file: FileHandle;
  /** All of this or nothing; safe from `kill -9` once it returns, from a power cut after `sync`. */
  transaction(work: () => void): void;
  /** Resolves when all that was written is safe from a power cut. */
  sync(): Promise<void>;
  /** Bytes of the journal. */
  journalSize(): Promise<number>;
  /** Moves the journal's content into the file. Nothing may be written meanwhile. */
  checkpoint(): Promise<void>;
  /** Whether whoever looks for it later will find it: not if it, its journal or a folder above was removed or moved away. */
  isInPlace(): Promise<boolean>;
  /** @param how `broken`: without another look at what is in it */
  close(how?: "broken"): Promise<void>;
}

/**
 * Opens a file for this process alone, and makes it and its folder, for their owner only, if they are not there.
 *
 * SQLite itself never waits for the disk here (`synchronous = OFF`). We do what it would have done, in the thread pool: the
 * journal is synced before anybody is promised anything, and before its content goes into the file; the file before the
 * journal is emptied; the empty journal before it is written to again. So after a power cut it is as `synchronous = FULL`
 * would have left it. It makes no temporary files, for which a container with a read-only image has no place.
 * @param prepare makes the tables, and says what is wrong with those that are there
 * @throws what SQLite, the file system or `prepare` says; nothing is left open then
 * @see https://www.sqlite.org/wal.html
 */
export async function openDurable(
  path: string,
  prepare: (database: DatabaseSync) => void,
): Promise<DurableDatabase> {
  await makeFolder(dirname(path), { mode: 0o700 });
  // Of a read-only disk SQLite says no more than that it fails.
  accessSync(dirname(path), constants.W_OK);
  makeFile(path);
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  const handles: FileHandle[] = [];
  try {
    // Exclusive first: then SQLite needs no file of shared memory beside the journal.
    database.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY",
    );
    prepare(database);
    // Not before SQLite has its lock, and not closed before SQLite is: that would take the lock away (POSIX).
    const file = await open(path, "r+");
    handles.push(file);
    const journal = await open(`${path}-wal`, "r+");
    handles.push(journal);
    const durable = durableOver({ path, database, file, journal });
    await durable.checkpoint();
    // The folder may be as new as the file.
    await syncFolder(dirname(path));
    await syncFolder(dirname(dirname(path)));
    return durable;
  } catch (error) {
    closeQuietly(database);
    await Promise.allSettled(handles.map((handle) => handle.close()));
    throw error;
  }
}

function durableOver({
  path,
  database,
  file,
  journal,
}: {
  path: string;
  database: DatabaseSync;
  file: FileHandle;
  journal: FileHandle;
}): DurableDatabase {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const checkpoint = (how: "PASSIVE" | "TRUNCATE") => database.exec(`PRAGMA wal_checkpoint(${how})`);

  const durable: DurableDatabase = {
    database,
    file,
    transaction(work) {
      begin.run();
      try {
        work();
        commit.run();
      } catch (error) {
        // SQLite has rolled back by itself where the disk is full.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    sync: () => journal.datasync(),
    journalSize: async () => (await journal.stat()).size,
    async checkpoint() {
      await journal.datasync();
      checkpoint("PASSIVE");
      await file.datasync();
      checkpoint("TRUNCATE");
      await journal.sync();
    },
    isInPlace: async () => (await isAt(path, file)) && (await isAt(`${path}-wal`, journal)),
    async close(how) {
      try {
        if (how !== "broken") await durable.checkpoint();
      } finally {
        closeQuietly(database);
        await Promise.allSettled([file.close(), journal.close()]);
      }
    },
  };
  return durable;
}

/** Closes one whatever is wrong with it: that has been told. */
export function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // See above.
  }
}

/** SQLite gives its journal the rights of the file. One that is there is not opened: closing it would end another's lock. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
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
