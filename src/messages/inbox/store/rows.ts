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
  readonly facts: Omit<CloudMessage, "body">;
}

/** The statements, made once. Each throws what SQLite throws. */
export interface Rows {
  list(): readonly KeptMessage[];
  add(row: number, message: CloudMessage, receivedAt: number): void;
  read(row: number): CloudMessage | undefined;
  attempted(row: number, attempts: number): void;
  remove(rows: readonly number[]): void;
}

export function createRows({ db }: Pick<Database, "db">): Rows {
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
      return found === undefined ? undefined : { ...factsIn(found.facts), body: found.body as Uint8Array };
    },
    attempted(row, attempts) {
      attempted.run(attempts, row);
    },
    remove(rows) {
      for (const row of rows) remove.run(row);
    },
  };
}

/** JSON leaves out what is undefined; whoever reads facts asks for their keys. */
function factsIn(text: unknown): Omit<CloudMessage, "body"> {
  const { messageId, correlationId, contentType, contentEncoding, properties, input } = JSON.parse(
    String(text),
  ) as Omit<CloudMessage, "body">;
  return { messageId, correlationId, contentType, contentEncoding, properties, input };
}
