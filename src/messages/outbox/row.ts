import { crc32 } from "node:zlib";
import { placeOf, rowId } from "./order.ts";
import type { KeptMessage } from "./outbox.ts";

/** Raised when a later hubhand keeps its messages in a way that this one could not read. */
export const VERSION = 1;

/** What is asked without the body stands first: SQLite then leaves the pages of long bodies alone. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, size INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    checksum INTEGER NOT NULL, message_id TEXT NOT NULL, stream TEXT NOT NULL, content_type TEXT, content_encoding TEXT,
    correlation_id TEXT, output TEXT, properties TEXT NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sequence (latest INTEGER NOT NULL) STRICT;
  PRAGMA user_version = ${VERSION};
`;

export const COLUMNS =
  "id, size, created_at, expires_at, checksum, message_id, stream, content_type, content_encoding, correlation_id, output, properties, body";

/** What is to be known of a row before its message is. */
export interface Head {
  readonly id: number;
  readonly size: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A row that was read. */
export interface StoredMessage {
  readonly id: number;
  readonly size: number;
  /** Undefined if it is not what was written. */
  readonly message: KeptMessage | undefined;
}

/** A row of the table, as SQLite gives it. */
export interface Row {
  readonly id: number;
  readonly size: number;
  readonly created_at: number;
  readonly expires_at: number;
  readonly checksum: number;
  readonly message_id: string;
  readonly stream: string;
  readonly content_type: string | null;
  readonly content_encoding: string | null;
  readonly correlation_id: string | null;
  readonly output: string | null;
  readonly properties: string;
  readonly body: Uint8Array;
}

/** The values of a row, in the order of `COLUMNS`. */
export function valuesOf(message: KeptMessage, size: number): (string | number | null | Uint8Array)[] {
  const texts = [
    message.messageId,
    message.stream,
    message.contentType ?? null,
    message.contentEncoding ?? null,
    message.correlationId ?? null,
    message.output ?? null,
    JSON.stringify(message.properties),
  ];
  const numbers = [rowId(message), size, whole(message.createdAt), whole(message.expiresAt)];
  return [...numbers, checksumOf([...numbers, ...texts], message.body), ...texts, message.body];
}

/** @returns undefined if the disk has not given back what was written */
export function messageOfRow(row: Row): KeptMessage | undefined {
  const { message_id, stream, content_type, content_encoding, correlation_id, output, properties, body } =
    row;
  const numbers = [row.id, row.size, row.created_at, row.expires_at];
  const texts = [message_id, stream, content_type, content_encoding, correlation_id, output, properties];
  if (checksumOf([...numbers, ...texts], body) !== row.checksum) return undefined;
  return {
    ...placeOf(row.id),
    messageId: message_id,
    stream,
    body,
    contentType: content_type ?? undefined,
    contentEncoding: content_encoding ?? undefined,
    correlationId: correlation_id ?? undefined,
    output: output ?? undefined,
    properties: JSON.parse(properties),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** SQLite checks the structure of its file, not what is in it: a worn SD card gives back other bits, and no error. */
const checksumOf = (fields: readonly (number | string | null)[], body: Uint8Array): number =>
  crc32(body, crc32(JSON.stringify(fields)));

const whole = (milliseconds: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(milliseconds)));
