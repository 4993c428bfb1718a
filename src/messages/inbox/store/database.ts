import { type FileHandle, mkdir, open } from "node:fs/promises";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { MEBIBYTE } from "../../../sizes.ts";
import { loadSqlite } from "../../sqlite.ts";

/** Nobody else's business. */
const MODE = { folder: 0o700, file: 0o600 };
/** SQLite's own number for a file that is damaged. */
const SQLITE_CORRUPT = 11;
/** So much may be written before it is moved from the log to the file: a few hundred messages. */
const MOST_LOG_BYTES = MEBIBYTE;

/** A file of SQLite whose flushes, which on an SD card take up to seconds, never hold up the event loop. */
export interface Database {
  readonly db: DatabaseSync;
  /** Runs these statements as one: all or none. A kill of the process does not take them back; a power cut may. */
  write(work: () => void): void;
  /** Resolves when what was written before is safe from a power cut too. */
  flush(): Promise<void>;
  /** Shortens the log if it has grown. Nothing may be written until it resolves. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file, makes it and its folder if need be, and looks whether it is whole. One process at a time may have it.
 * Rejects with SQLite's or the system's error; nothing is left open then.
 */
export async function openDatabase(file: string, tables: string): Promise<Database> {
  await mkdir(path.dirname(file), { recursive: true, mode: MODE.folder });
  // SQLite gives its log the rights of the file. The handle stays until the end: to close it takes SQLite's locks away
  // (fcntl's locks belong to the process).
  const main = await open(file, "a", MODE.file);
  let db: DatabaseSync | undefined;
  let log: FileHandle | undefined;
  try {
    const { DatabaseSync } = loadSqlite();
    db = new DatabaseSync(file);
    // SQLite flushes nothing by itself: we do, where nobody waits for it. It makes no temporary files, for which a container
    // with a read-only image has no place.
    db.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY",
    );
    const check = db.prepare("PRAGMA quick_check(1)").get() as { quick_check?: string };
    if (check.quick_check !== "ok")
      throw Object.assign(new Error("it is damaged"), { errcode: SQLITE_CORRUPT });
    db.exec(`BEGIN IMMEDIATE; ${tables}; COMMIT`);
    log = await open(`${file}-wal`, "a");
    await log.datasync();
  } catch (error) {
    db?.close();
    await Promise.all([main.close(), log?.close()]);
    throw error;
  }
  return databaseOver({ db, main, log });
}

function databaseOver({ db, main, log }: { db: DatabaseSync; main: FileHandle; log: FileHandle }): Database {
  /** The log goes to the file, which must be on disk before the log is written over. */
  async function moveLog(): Promise<void> {
    await log.datasync();
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    await main.datasync();
  }

  return {
    db,
    write(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        work();
        db.exec("COMMIT");
      } catch (error) {
        // SQLite has rolled back by itself where the disk is full.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    flush: () => log.datasync(),
    async tidy() {
      if ((await log.stat()).size < MOST_LOG_BYTES) return;
      await moveLog();
      // Only what is written next makes it short: the whole of it is in the file now.
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    async close() {
      try {
        await moveLog();
      } finally {
        db.close();
        await Promise.all([main.close(), log.close()]);
      }
    },
  };
}
