import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";

/** What a kernel can run begins so: a script's `#!`, and a binary of Linux. */
const BEGINNINGS = ["#!", "\x7fELF"];
const ANYONE_MAY_RUN = 0o111;
/** What people write scripts in; without its `x` bit such a file was probably meant to be a plugin. */
const SCRIPT = /\.(py|sh|bash|rb|pl|lua|php)$/;

/**
 * Whether a file is a program. The `x` bit alone does not say so: on the file systems of USB sticks and Windows
 * shares every file has it, also a README.
 */
export async function isProgram(file: string, { mode }: Stats): Promise<"yes" | "no" | "not executable"> {
  const begins = await firstBytes(file, 4);
  const isOne = BEGINNINGS.some((beginning) => begins.startsWith(beginning));
  if ((mode & ANYONE_MAY_RUN) !== 0) return isOne ? "yes" : "no";
  return begins.startsWith("#!") || SCRIPT.test(path.basename(file)) ? "not executable" : "no";
}

async function firstBytes(file: string, count: number): Promise<string> {
  try {
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    // It cannot be read; then whoever runs it will tell.
    return "";
  }
}
