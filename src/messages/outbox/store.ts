import type { DatabaseSync } from "node:sqlite";
import { MEBIBYTE } from "../../sizes.ts";
import { LaterVersion } from "../on-disk/disk-fault.ts";
import { type DurableDatabase, openDurable } from "../on-disk/durable-database.ts";
import type { Item } from "./item.ts";
import type { Range } from "./ledger.ts";
import { endOf, PRIORITIES, placeOf, rowId } from "./order.ts";
import type { Priority } from "./outbox.ts";
import {
  COLUMNS,
  type Head,
  messageOfRow,
  type Row,
  SCHEMA,
  type StoredMessage,
  VERSION,
  valuesOf,
} from "./row.ts";

/** A smaller file is left as it is: its room is needed again. */
const LARGE = 4 * MEBIBYTE;

/** The file of the outbox. What is not a promise returns at once, and never waits for the disk to have written. */
export interface Store
  extends Pick<DurableDatabase, "sync" | "isInPlace" | "journalSize" | "checkpoint" | "close"> {
  /** In one transaction. */
  write(change: {
    append: readonly Pick<Item, "message" | "size">[];
    remove: readonly number[];
    sequence: number;
  }): void;
  read(range: Range): StoredMessage[];
  heads(range: Range): Head[];
  /** The highest sequence that was ever kept here. */
  latest(): number;
  /** Gives the room of a large file back to the disk. It costs as much as what is still in it. */
  shrink(): Promise<void>;
}

/**
 * Opens the outbox's file, and makes it if it is not there. One process at a time may have it.
 * @throws what SQLite or the file system says, or LaterVersion
 */
export async function openStore(path: string): Promise<Store> {
  const durable = await openDurable(path, prepare);
  try {
    return storeOver(durable);
  } catch (error) {
    await durable.close("broken");
    throw error;
  }
}

function prepare(database: DatabaseSync): void {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > VERSION) throw new LaterVersion();
  database.exec(
    `BEGIN IMMEDIATE; ${SCHEMA} INSERT INTO sequence SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sequence); COMMIT`,
  );
}

function storeOver(durable: DurableDatabase): Store {
  const { database, file, transaction, sync, isInPlace, journalSize, checkpoint, close } = durable;
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

  return {
    sync,
    isInPlace,
    journalSize,
    checkpoint,
    close,
    write({ append, remove: ids, sequence }) {
      transaction(() => {
        for (const id of ids) remove.run(id);
        // The rows that are left show the latest sequence, too: only what takes rows away must remember it.
        if (ids.length > 0) remember.run(sequence, sequence);
        for (const { message, size } of append) insert.run(...valuesOf(message, size));
      });
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
    async shrink() {
      if ((await file.stat()).size <= LARGE) return;
      database.exec("VACUUM");
      // All that is left is in the journal. The checkpoint would cut the file as well, and hold up the event loop for it.
      await sync();
      const { pages, bytes } = pageCount.get() as { pages: number; bytes: number };
      await file.truncate(pages * bytes);
      await checkpoint();
    },
  };
}
