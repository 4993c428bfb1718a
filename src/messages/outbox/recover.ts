import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { loadSqlite } from "../sqlite.ts";
import type { KeptMessage } from "./outbox.ts";
import { COLUMNS, messageOfRow, type Row } from "./row.ts";
import type { Store } from "./store.ts";

/** Files that were moved aside are for whoever wants to know why; a card that wears out makes many. */
const MOST_KEPT = 3;
/** Rows that are saved in one transaction. */
const SAVED_AT_ONCE = 200;

/**
 * Moves a file that is no outbox any more out of the way, with its journal.
 * @param at milliseconds since 1970, for its name
 * @returns where it is now
 */
export async function moveAside(path: string, at: number): Promise<string> {
  const aside = `${path}.${new Date(at).toISOString().replaceAll(/[:.]/g, "-")}.corrupt`;
  await rename(path, aside);
  await rename(`${path}-wal`, `${aside}-wal`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await removeOldest(path);
  return aside;
}

async function removeOldest(path: string): Promise<void> {
  const folder = dirname(path);
  const isAside = (name: string) => name.startsWith(`${basename(path)}.`) && name.endsWith(".corrupt");
  const names = (await readdir(folder)).filter(isAside).sort();
  for (const name of names.slice(0, -MOST_KEPT)) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, `${name}-wal`), { force: true });
  }
}

/**
 * Takes over what can still be read: from the front up to the fault, and from the end back to it.
 * @returns how many messages
 */
export async function saveReadable(from: string, into: Store): Promise<number> {
  let saved = 0;
  let batch: { message: KeptMessage; size: number }[] = [];
  const flush = async () => {
    into.write({ append: batch, remove: [], sequence: 0 });
    saved += batch.length;
    batch = [];
    await nextTurn();
  };
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(from, { defensive: false });
    // With a schema that may be written, SQLite reads a file that was cut off (btree.c, lockBtree).
    database.exec(
      "PRAGMA writable_schema = ON; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA query_only = ON",
    );
    let front = -1;
    for (const direction of ["ASC", "DESC"] as const) {
      for (const row of readable(database, direction, front)) {
        if (direction === "ASC") front = row.id;
        const message = messageOfRow(row);
        if (message !== undefined) batch.push({ message, size: row.size });
        if (batch.length === SAVED_AT_ONCE) await flush();
      }
    }
  } catch {
    // It can be read no further; that it is corrupt has been found out before.
  } finally {
    try {
      database?.close();
    } catch {
      // The same.
    }
  }
  await flush();
  return saved;
}

/** The rows after one, until there are no more or one cannot be read. */
function* readable(database: DatabaseSync, direction: "ASC" | "DESC", after: number): Generator<Row> {
  try {
    const rows = database.prepare(`SELECT ${COLUMNS} FROM messages WHERE id > ? ORDER BY id ${direction}`);
    for (const row of rows.iterate(after)) yield row as unknown as Row;
  } catch {
    // The fault is here.
  }
}
