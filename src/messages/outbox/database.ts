import { accessSync, closeSync, constants, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { loadSqlite } from "../sqlite.ts";
import { SCHEMA, VERSION } from "./row.ts";

/** A later hubhand has written the file: it is left as it is. */
export class LaterVersion extends Error {}

/**
 * Opens the file for this process alone, and makes it and its folder, for their owner only, if they are not there.
 * @throws what SQLite or the file system says, or LaterVersion
 */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Of a read-only disk SQLite says no more than that it fails.
  accessSync(dirname(path), constants.W_OK);
  makeFile(path);
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  try {
    // Exclusive first: then SQLite needs no file of shared memory beside the journal.
    database.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY",
    );
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
      user_version: number;
    };
    if (version > VERSION) throw new LaterVersion();
    database.exec(
      `BEGIN IMMEDIATE; ${SCHEMA} INSERT INTO sequence SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sequence); COMMIT`,
    );
    return database;
  } catch (error) {
    try {
      database.close();
    } catch {
      // What was wrong before is told.
    }
    throw error;
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
