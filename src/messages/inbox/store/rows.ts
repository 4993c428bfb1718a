import type { CloudMessage } from "../cloud-message.ts";
import type { Database } from "./database.ts";

/** A later version that keeps more adds columns, and this one passes them over. */
export const TABLES = `
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

/** Rejects with an error of damage where there are other tables than ours; the file is closed then. */
export async function readRows(
  database: Database,
): Promise<{ readonly ready: Rows; readonly kept: readonly KeptMessage[] }> {
  try {
    const ready = createRows(database);
    return { ready, kept: ready.list() };
  } catch (error) {
    await database.close().catch(() => {});
    if ((error as { errcode?: unknown }).errcode !== SQLITE.error) throw error;
    throw Object.assign(new Error("it is no inbox"), { errcode: SQLITE.corrupt });
  }
}

function createRows({ db }: Pick<Database, "db">): Rows {
  const list = db.prepare(
    "SELECT row, attempts, facts, length(facts) + length(body) AS size FROM messages ORDER BY row",
  );
  const add = db.prepare("INSERT INTO messages (row, received_at, facts, body) VALUES (?, ?, ?, ?)");
  const read = db.prepare("SELECT facts, body FROM messages WHERE row = ?");
  const attempted = db.prepare("UPDATE messages SET attempts = ? WHERE row = ?");
  const remove = db.prepare("DELETE FROM messages WHERE row = ?");

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
    touch: () => db.exec("PRAGMA user_version = 0"),
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
