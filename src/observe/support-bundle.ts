import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Clock } from "../clock.ts";
import { HubhandError, messageOf } from "../errors.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { makeFolder } from "../files/make-folder.ts";

/** Old ones go: a device's disk is small, and who asks anew wants the new one. */
const KEPT = 3;

const NAME = /^hubhand-.*\.json\.gz$/;
/** Nobody else's business, though it holds no secret. */
const MODE = { folder: 0o700, file: 0o600 };

export interface SupportBundleOptions {
  /** Made if it is not there. */
  readonly directory: string;
  /** By section; a section that fails is told in its place. */
  readonly sections: Readonly<Record<string, () => unknown>>;
  readonly clock: Clock;
  redact(text: string): string;
}

/** The file, its size, and its SHA-256 in hexadecimal digits. */
export interface SupportBundle {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes all sections as one JSON document, compressed, beside the last two.
 * @throws HubhandError METHOD_FAILED if the disk does not take it
 */
export async function writeSupportBundle(options: SupportBundleOptions): Promise<SupportBundle> {
  const { directory, sections, clock, redact } = options;
  const now = new Date(clock.wallClock()).toISOString();
  const filled = await Promise.all(
    Object.entries(sections).map(async ([name, read]) => [name, await readSafely(read)] as const),
  );
  const text = redact(JSON.stringify({ createdAt: now, ...Object.fromEntries(filled) }, null, 1));
  const content = await promisify(gzip)(text);
  const file = path.join(directory, `hubhand-${now.replaceAll(/[:.]/g, "-")}.json.gz`);
  try {
    await makeFolder(directory, { mode: MODE.folder });
    await writeFileAtomically(file, content, { mode: MODE.file });
    await removeOld(directory);
  } catch (error) {
    const message = `the support bundle cannot be written: ${messageOf(error)}. state.directory must be a folder that hubhand may write to.`;
    throw new HubhandError("METHOD_FAILED", message, { cause: error });
  }
  return { path: file, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}

/** What is broken is the reason to ask for a bundle: the rest of it must come all the same. */
async function readSafely(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

async function removeOld(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
  for (const name of names.slice(0, -KEPT)) await rm(path.join(directory, name), { force: true });
}
