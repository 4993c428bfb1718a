import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";

/** Opening a pipe would otherwise wait, on a thread that nothing can free, for somebody to write into it. */
export const AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK;

/** What stands at a path can never be a file that is read to its end: a pipe, a device, a folder. */
export class NotAFile extends Error {
  override readonly name = "NotAFile";
  /** For `whyUnreadable`, as the system's own codes are. */
  readonly code: "EISDIR" | "NOT_A_FILE";

  constructor(found: Stats) {
    super("not a regular file");
    this.code = found.isDirectory() ? "EISDIR" : "NOT_A_FILE";
  }
}

/** A file has more than its reader has a use for, and perhaps more than there is memory. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
  /** As the system's own; `whyUnreadable` has the words. */
  readonly code = "EFBIG";
}

/**
 * Reads a file as UTF-8 text, links followed, and never waits for what has no end.
 * @throws NotAFile, FileTooLarge, or what the system says: `whyUnreadable` has the words
 */
export async function readRegularFile(
  path: string,
  { maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {},
): Promise<string> {
  const file = await open(path, AT_ONCE);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new NotAFile(found);
    if (found.size > maxBytes) throw new FileTooLarge(`${found.size} bytes`);
    if (maxBytes === Number.POSITIVE_INFINITY) return await file.readFile("utf8");
    // Of what the kernel makes up while it is read (proc(5)) the size is 0, and there may be gigabytes.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read)
      read = (await file.read(buffer, length, buffer.length - length)).bytesRead;
    if (length > maxBytes) throw new FileTooLarge(`over ${maxBytes} bytes`);
    return buffer.toString("utf8", 0, length);
  } finally {
    await file.close();
  }
}

/** The same while nothing runs yet that could be held up. */
export function readRegularFileSync(path: string): string {
  const file = openSync(path, AT_ONCE);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new NotAFile(found);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}
