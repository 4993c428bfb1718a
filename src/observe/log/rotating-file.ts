import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { HubhandError } from "../../errors.ts";

const OWNER_ONLY = 0o600;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
/** A link or pipe that was put in its place meanwhile is not written to. */
const APPENDING = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_RDWR;

export interface RotatingFile {
  /**
   * Appends whole lines, and begins a new file before one becomes too large. Never rejects.
   * @returns the lines that are not in it, and why
   */
  append(lines: readonly string[]): Promise<{ readonly left: readonly string[]; readonly error?: unknown }>;
  /** Appends before it returns, without a thought of its size; does nothing if it cannot. */
  appendNow(lines: readonly string[]): void;
}

export interface RotatingFileOptions {
  readonly path: string;
  readonly maxSize: number;
  readonly keep: number;
}

/**
 * A file that is renamed to `path.1` when it is full, the one before to `path.2`, and so on; the oldest goes. It is
 * looked at before each writing, so that another program may move it away too (logrotate). If the process is killed
 * between two renames there is a gap in the numbers, and no more.
 * @throws HubhandError CONFIG_INVALID if it cannot be written
 */
export function openRotatingFile({ path, maxSize, keep }: RotatingFileOptions): RotatingFile {
  /** The last writing was cut off, by a kill or a power cut: what follows begins a line of its own. */
  let isTorn = checkAtStart(path);

  async function rotate(): Promise<void> {
    await rm(`${path}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 1; number -= 1)
      await renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    await renameIfThere(path, `${path}.1`);
  }

  /** As many of the lines as the file has room for, at least one in an empty one; how many that were. */
  async function appendSome(lines: readonly string[]): Promise<number> {
    const file = await open(path, APPENDING, OWNER_ONLY);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new Error("it is no file any more");
      let size = found.size + (isTorn ? 1 : 0);
      let count = 0;
      for (const line of lines) {
        size += Buffer.byteLength(line);
        if (size > maxSize && (count > 0 || found.size > 0)) break;
        count += 1;
      }
      if (count > 0)
        await writeWhole(file, `${isTorn ? "\n" : ""}${lines.slice(0, count).join("")}`, found.size);
      isTorn = false;
      return count;
    } finally {
      await file.close();
    }
  }

  return {
    async append(lines) {
      let left = lines;
      try {
        while (left.length > 0) {
          const count = await appendSome(left);
          left = left.slice(count);
          if (left.length > 0) await rotate();
        }
        return { left };
      } catch (error) {
        return { left, error };
      }
    },
    appendNow(lines) {
      try {
        const file = openSync(path, APPENDING, OWNER_ONLY);
        writeSync(file, `${isTorn ? "\n" : ""}${lines.join("")}`);
        closeSync(file);
      } catch {
        // It is the end; standard output has them.
      }
    },
  };
}

/** All of it or nothing: a disk may become full in the middle, and half a line is none. */
async function writeWhole(file: FileHandle, text: string, size: number): Promise<void> {
  const bytes = Buffer.from(text);
  try {
    for (let written = 0; written < bytes.length; )
      written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
  } catch (error) {
    await file.truncate(size).catch(() => {});
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  if (
    await stat(from).then(
      () => true,
      () => false,
    )
  )
    await rename(from, to);
}

/** Some file systems have no such rights, as those of memory sticks. */
function protect(file: number): void {
  try {
    fchmodSync(file, OWNER_ONLY);
  } catch {
    // Then it is as open as the disk is.
  }
}

/** While nothing runs yet that could be held up. Returns whether what is in the file ends within a line. */
function checkAtStart(path: string): boolean {
  let file: number | undefined;
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === true) throw refusal(path, "it is a link; name the file itself");
    if (found?.isDirectory() === true) throw refusal(path, "it is a folder; name a file in it");
    if (found !== undefined && !found.isFile()) throw refusal(path, "it is not a file");
    file = openSync(path, APPENDING, OWNER_ONLY);
    const { size } = fstatSync(file);
    protect(file);
    if (size === 0) return false;
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, size - 1);
    return last.toString() !== "\n";
  } catch (error) {
    if (error instanceof HubhandError) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    throw refusal(path, WORDS[code] ?? `it cannot be opened (${code})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "its folder is not there; make it first",
  ENOTDIR: "a part of its path is not a folder",
  EACCES: "this user may not write it",
  EPERM: "this user may not write it",
  EROFS: "its disk is read-only",
  ENOSPC: "its disk is full",
  ELOOP: "its links go round in a circle",
};

const refusal = (path: string, why: string): HubhandError =>
  new HubhandError("CONFIG_INVALID", `log.file.path: ${path} cannot be the log's file: ${why}`);
