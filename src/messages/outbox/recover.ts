import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { KIBIBYTE, MEBIBYTE } from "../../sizes.ts";
import { loadSqlite } from "../../sqlite.ts";
import { closeQuietly } from "../on-disk/durable-database.ts";
import type { KeptMessage } from "./outbox.ts";
import { COLUMNS, messageOfRow, type Row } from "./row.ts";
import { openStore, type Store } from "./store.ts";

/** What is saved in one transaction. */
const SAVED_AT_ONCE = { messages: 200, bytes: 256 * KIBIBYTE } as const;
/** A larger journal of the new file is moved into it before it goes on. */
const JOURNAL = 4 * MEBIBYTE;
/** Rows that are read at once: bodies may be large. */
const PAGE = 16;

/**
 * Takes over what can still be read: from the front up to the fault, and from the end back to it.
 * @returns how many messages
 * @throws what the file says that they go into
 */
export async function saveReadable(from: string, into: Store): Promise<number> {
  const saving = startSaving(into);
  const database = openAsItIs(from);
  if (database === undefined) return 0;
  try {
    let front = -1;
    for (const direction of ["ASC", "DESC"] as const) {
      for (const row of readable(database, direction, front)) {
        if (direction === "ASC") front = row.id;
        const message = messageOfRow(row);
        if (message !== undefined) await saving.add({ message, size: row.size });
      }
    }
  } finally {
    closeQuietly(database);
  }
  return saving.end();
}

/**
 * Copies all that is in a store into a file of its own, and closes that.
 * @returns how many messages
 */
export async function copyInto(path: string, store: Store): Promise<number> {
  const copy = await openStore(path);
  try {
    const saving = startSaving(copy);
    for (let after = -1; ; ) {
      const rows = store.read({ after, upTo: Number.MAX_SAFE_INTEGER, most: PAGE });
      for (const { message, size } of rows) if (message !== undefined) await saving.add({ message, size });
      if (rows.length < PAGE) return await saving.end();
      after = rows.at(-1)?.id ?? after;
    }
  } finally {
    await copy.close();
  }
}

/** Writes message by message, in groups, without holding up the event loop. */
function startSaving(into: Store) {
  let saved = 0;
  let batch: { message: KeptMessage; size: number }[] = [];
  let bytes = 0;

  async function flush(): Promise<void> {
    into.write({ append: batch, remove: [], sequence: 0 });
    saved += batch.length;
    batch = [];
    bytes = 0;
    if ((await into.journalSize()) > JOURNAL) await into.checkpoint();
    else await nextTurn();
  }
  return {
    async add(one: { message: KeptMessage; size: number }): Promise<void> {
      batch.push(one);
      bytes += one.size;
      if (batch.length === SAVED_AT_ONCE.messages || bytes >= SAVED_AT_ONCE.bytes) await flush();
    },
    async end(): Promise<number> {
      await flush();
      await into.sync();
      return saved;
    },
  };
}

/** Undefined if it cannot be read at all; that it is corrupt has been found out before. */
function openAsItIs(path: string): DatabaseSync | undefined {
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { defensive: false });
    // With a schema that may be written, SQLite reads a file that was cut off (btree.c, lockBtree).
    database.exec(
      "PRAGMA writable_schema = ON; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA query_only = ON",
    );
    return database;
  } catch {
    closeQuietly(database);
    return undefined;
  }
}

/** The rows after one, until there are no more or one cannot be read. */
function* readable(database: DatabaseSync, direction: "ASC" | "DESC", after: number): Generator<Row> {
  let rows: Iterator<unknown>;
  try {
    const query = `SELECT ${COLUMNS} FROM messages WHERE id > ? ORDER BY id ${direction}`;
    rows = database.prepare(query).iterate(after);
  } catch {
    return;
  }
  for (;;) {
    let next: IteratorResult<unknown>;
    try {
      next = rows.next();
    } catch {
      return; // The fault is here.
    }
    if (next.done === true) return;
    yield next.value as Row;
  }
}
