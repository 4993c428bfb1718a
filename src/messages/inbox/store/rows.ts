import type { DatabaseSync } from "node:sqlite";
import type { DurableDatabase } from "../../on-disk/durable-database.ts";
import type { CloudMessage } from "../cloud-message.ts";

/** A later version that keeps more adds columns, and this one passes them over. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS messages (
    row INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    facts TEXT NOT NULL,
    body BLOB NOT NULL
  )
`;

/** What an earlier run left, without its body. */
export interface KeptMessage {
  readonly row: number;
  /** How often it was given to its handler. */
  readonly attempts: number;
  readonly size: number;
  /** undefined for one whose row nobody can read. */
  readonly facts: Omit<CloudMessage, "body"> | undefined;
}

/** The statements, made once. Each throws what SQLite throws. */
export interface Rows {
  list(): readonly KeptMessage[];
  add(row: number, message: CloudMessage, receivedAt: number): void;
  read(row: number): CloudMessage | undefined;
  attempted(row: number, attempts: number): void;
  remove(rows: readonly number[]): void;
  /** Writes something, which changes nothing. */
  touch(): void;
}

/** SQLite's own numbers: a statement that does not fit the tables, a file that is damaged. */
const SQLITE = { error: 1, corrupt: 11 };

/** Looks whether the file is whole, and makes the table that is not there. @throws what SQLite says, or an error of damage */
export function prepare(database: DatabaseSync): void {
  const check = database.prepare("PRAGMA quick_check(1)").get() as { quick_check?: string };
  if (check.quick_check !== "ok") throw damage("it is damaged");
  database.exec(`BEGIN IMMEDIATE; ${TABLES}; COMMIT`);
}

const damage = (message: string): Error => Object.assign(new Error(message), { errcode: SQLITE.corrupt });

/** Rejects with an error of damage where there are other tables than ours; the file is closed then. */
export async function readRows(
  durable: DurableDatabase,
): Promise<{ readonly ready: Rows; readonly kept: readonly KeptMessage[] }> {
  try {
    const ready = createRows(durable.database);
    return { ready, kept: ready.list() };
  } catch (error) {
    await durable.close().catch(() => {});
    if ((error as { errcode?: unknown }).errcode !== SQLITE.error) throw error;
    throw damage("it is no inbox");
  }
}

function createRows(database: DatabaseSync): Rows {
  const list = database.prepare(
    "SELECT row, attempts, facts, length(facts) + length(body) AS size FROM messages ORDER BY row",
  );
  const add = database.prepare("INSERT INTO messages (row, received_at, facts, body) VALUES (?, ?, ?, ?)");
  const read = database.prepare("SELECT facts, body FROM messages WHERE row = ?");
  const attempted = database.prepare("UPDATE messages SET attempts = ? WHERE row = ?");
  const remove = database.prepare("DELETE FROM messages WHERE row = ?");

  return {
    list: () =>
      list.all().map(({ row, attempts, size, facts }) => ({
        row: Number(row),
        attempts: Number(attempts),
        size: Number(size),
        facts: factsIn(facts),
      })),
    add(row, { body, ...facts }, receivedAt) {
      add.run(row, Math.round(receivedAt), JSON.stringify(facts), body);
    },
    read(row) {
      const found = read.get(row);
      const facts = found && factsIn(found.facts);
      return facts && { ...facts, body: found.body as Uint8Array };
    },
    attempted(row, attempts) {
      attempted.run(attempts, row);
    },
    remove(rows) {
      for (const row of rows) remove.run(row);
    },
    touch: () => database.exec("PRAGMA user_version = 0"),
  };
}

/** JSON leaves out what is undefined; whoever reads facts asks for their keys. */
function factsIn(text: unknown): Omit<CloudMessage, "body"> | undefined {
  try {
    const { messageId, correlationId, contentType, contentEncoding, properties, input } = JSON.parse(
      String(text),
    ) as Omit<CloudMessage, "body">;
    if (typeof properties !== "object" || properties === null) return undefined;
    return { messageId, correlationId, contentType, contentEncoding, properties, input };
  } catch {
    return undefined;
  }
}
