import { messageOf } from "../../errors.ts";

/** A later hubhand has written the file: it is left as it is. */
export class LaterVersion extends Error {}

/** The open file is not where it was opened any more: all goes on as before, and nobody will find it at the next start. */
export class Displaced extends Error {}

/**
 * `corrupt`: what is in the file is not what it should be, or not whole. `displaced`: nothing is wrong with it, but its place.
 * `refused`: nothing can be written, what is there can be read. `broken`: neither.
 */
export interface DiskFault {
  readonly kind: "corrupt" | "displaced" | "refused" | "broken";
  /** For a person: what is wrong, and what to do. */
  readonly problem: string;
}

/** SQLite's result codes, and those of its extended ones that say more: https://www.sqlite.org/rescode.html */
const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;
const SHORT_READ = 522;
/** Write, fsync, truncate: what is there may still be read. */
const FAILED_WRITES = new Set([778, 1034, 1546]);

const FULL = "the disk is full: make room";
const READ_ONLY = "the disk is read-only: mount it for writing, or replace a worn card";

/** What an error of SQLite or of the file system means for the database at that path. */
export function diskFault(error: unknown, path: string): DiskFault {
  const { kind, problem } = classify(error);
  return { kind, problem: `${path}: ${problem}` };
}

function classify(error: unknown): DiskFault {
  if (error instanceof LaterVersion) {
    return {
      kind: "broken",
      problem: "a later version of hubhand has written it: run that one, or move it away",
    };
  }
  if (error instanceof Displaced)
    return { kind: "displaced", problem: "it was removed or moved away under the running agent" };
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return ofSqlite(errcode, messageOf(error));
  if (typeof code === "string") return ofSystem(code, messageOf(error));
  return { kind: "broken", problem: messageOf(error) };
}

function ofSqlite(code: number, message: string): DiskFault {
  if (code === SHORT_READ) return { kind: "corrupt", problem: message };
  switch (code & 0xff) {
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return { kind: "corrupt", problem: message };
    case SQLITE.FULL:
      return { kind: "refused", problem: FULL };
    case SQLITE.READONLY:
      return { kind: "refused", problem: READ_ONLY };
    case SQLITE.BUSY:
      return {
        kind: "broken",
        problem: "another hubhand uses it: stop that one, or give each its own state.directory",
      };
    case SQLITE.CANTOPEN:
      return {
        kind: "broken",
        problem: "it cannot be opened: it must be a file, in a folder that hubhand may write to",
      };
    case SQLITE.IOERR:
      return {
        kind: FAILED_WRITES.has(code) ? "refused" : "broken",
        problem: `the disk fails (${message}): look into the kernel's log`,
      };
    default:
      return { kind: "broken", problem: message };
  }
}

function ofSystem(code: string, message: string): DiskFault {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return { kind: "refused", problem: FULL };
    case "EROFS":
      return { kind: "broken", problem: READ_ONLY };
    case "EACCES":
    case "EPERM":
      return {
        kind: "broken",
        problem: "no permission: hubhand's user must own the folder and what is in it",
      };
    case "EISDIR":
    case "ENOTDIR":
    case "EEXIST":
      return { kind: "broken", problem: "something else is in its place: it must be a file in a folder" };
    default:
      return { kind: "broken", problem: message };
  }
}
