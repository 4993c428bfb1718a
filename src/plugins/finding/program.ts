import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { AT_ONCE } from "../../files/regular-file.ts";

/** What a kernel can run begins so: a script's `#!`, a binary of Linux, and those of macOS, where people develop. */
const BEGINNINGS = ["#!", "\x7fELF", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"];
const ANYONE_MAY_RUN = 0o111;
/** What people write scripts in; without its `x` bit such a file was probably meant to be a plugin. */
const SCRIPT = /\.(py|sh|bash|rb|pl|lua|php)$/;

/**
 * Whether a file is a program. The `x` bit alone does not say so: on the file systems of USB sticks and Windows
 * shares every file has it, also a README.
 */
export async function isProgram(
  file: string,
  { mode }: Stats,
): Promise<"yes" | "no" | "not executable" | "no first line"> {
  const begins = await firstBytes(file, 4);
  // A program may be run by those who may not read it.
  if (begins === undefined) return (mode & ANYONE_MAY_RUN) !== 0 ? "yes" : "no";
  const isOne = BEGINNINGS.some((beginning) => begins.startsWith(beginning));
  const isScript = SCRIPT.test(path.basename(file));
  if ((mode & ANYONE_MAY_RUN) !== 0) return isOne ? "yes" : isScript ? "no first line" : "no";
  return begins.startsWith("#!") || isScript ? "not executable" : "no";
}

async function firstBytes(file: string, count: number): Promise<string | undefined> {
  try {
    const handle = await open(file, AT_ONCE);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
