import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { HubhandError, messageOf } from "../../errors.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { loadSqlite } from "../../sqlite.ts";
import { type ImportedTables, importJson } from "./import-json.ts";
import type { Store, Table } from "./store.ts";
import { createTogether } from "./together.ts";
import { unusable } from "./unusable.ts";

const FILE = "hub.db";
/** Raised when a later hub keeps its documents in a way that this one could not read. */
const VERSION = 1;
/** SQLite's own number for "another has it". */
const SQLITE_BUSY = 5;

/** Makes the data folder if it is not there, for its owner only: it will hold keys. */
export async function prepareDataDirectory(directory: string): Promise<void> {
  try {
    await makeFolder(directory, { mode: 0o700 });
  } catch (error) {
    throw new HubhandError(
      "CONFIG_INVALID",
      `the local hub cannot make its data folder ${directory}: ${messageOf(error)}. Name a folder it may write to.`,
      { cause: error },
    );
  }
}

/**
 * A store in `<directory>/hub.db`, readable by its owner only; one hub at a time may have it. The folder must exist. What
 * an earlier version kept in `hub.json` is taken over.
 *
 * @throws HubhandError CONFIG_INVALID if the file is another's, is in use, or cannot be written
 */
export async function openFolderStore(directory: string): Promise<Store> {
  const path = join(directory, FILE);
  const earlier = await importJson(directory);
  // Loaded here only: who keeps nothing does not pay for it.
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    // SQLite gives its journal the rights of the file.
    closeSync(openSync(path, "a", 0o600));
    database = new DatabaseSync(path);
    prepare(database);
    if (earlier) takeOver(storeOver(database, path), earlier.tables);
  } catch (error) {
    database?.close();
    throw unusableDatabase(path, error);
  }
  await earlier?.done();
  return storeOver(database, path);
}

function prepare(database: DatabaseSync): void {
  // One hub only, and a journal that a killed one leaves whole; a power cut may take the last changes, never the file.
  // Nor has a container with a read-only image a place for temporary files.
  database.exec(
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY",
  );
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > VERSION) throw new Error("it was written by a later version of hubhand");
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS documents (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS by_key ON documents (kind, key);
    PRAGMA user_version = ${VERSION};
    COMMIT;
  `);
}

function takeOver(store: Store, tables: ImportedTables): void {
  store.together(() => {
    for (const [name, documents] of Object.entries(tables)) {
      const table = store.table(name);
      for (const [key, document] of documents) table.put(key, document);
    }
  });
}

function storeOver(database: DatabaseSync, path: string): Store {
  const select = database.prepare("SELECT key, json FROM documents WHERE kind = ? ORDER BY place");
  const upsert = database.prepare(
    "INSERT INTO documents (kind, key, json) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json",
  );
  const remove = database.prepare("DELETE FROM documents WHERE kind = ? AND key = ?");

  return {
    table<Document>(name: string): Table<Document> {
      return {
        kept() {
          try {
            // One by one: the texts of all of them at once would weigh as much again as the documents.
            return Array.from(
              select.iterate(name) as Iterable<{ key: string; json: string }>,
              ({ key, json }) => [key, parse(json, { name, key }) as Document] as const,
            );
          } catch (error) {
            throw unusableDatabase(path, error);
          }
        },
        put(key, document) {
          upsert.run(name, key, JSON.stringify(document));
        },
        remove(key) {
          remove.run(name, key);
        },
      };
    },

    ...createTogether({
      begin: () => database.exec("BEGIN IMMEDIATE"),
      commit: () => database.exec("COMMIT"),
      rollback() {
        // SQLite has rolled back by itself where the disk is full.
        if (database.isTransaction) database.exec("ROLLBACK");
      },
    }),

    close() {
      if (database.isOpen) database.close();
    },
  };
}

function parse(json: string, { name, key }: { name: string; key: string }): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Not Node's own error, which shows some of the text: there are keys in it.
    throw new Error(`what it keeps of ${key} among its ${name} is not JSON`);
  }
}

function unusableDatabase(path: string, error: unknown): HubhandError {
  if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) return unusable(path, messageOf(error), error);
  return new HubhandError(
    "CONFIG_INVALID",
    `another local hub uses ${path}. Stop it, or name another folder.`,
    { cause: error },
  );
}
