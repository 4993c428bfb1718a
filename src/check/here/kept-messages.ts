import { copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../errors.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { loadSqlite } from "../../sqlite.ts";
import { type Check, ok, skipped, warning } from "../check.ts";
import type { Subject } from "../subject.ts";

/** Of `identities/<who>/`. */
const FILES = ["outbox/outbox.db", "inbox.db"];
/** What is copied and read at the most: a card reads some 20 MiB in a second. */
const LARGEST = 64 * MEBIBYTE;

/**
 * Whether the messages that are kept on disk can be read. A database that others have open is read from a copy, so that nothing
 * of it is locked or written.
 * @param isInside the agent itself asks: it has them open, and knows
 */
export function keptMessagesCheck(subject: Subject, isInside: boolean): Check {
  return {
    id: "kept-messages",
    description: "Messages on the disk",
    async run() {
      const { directory } = subject.config().values.state;
      if (isInside) return skipped("the agent has them open: /readyz tells of them");
      const files = await databases(path.join(directory, "identities"));
      if (files.length === 0) return skipped("there are none");
      const problems: string[] = [];
      for (const file of files) {
        const problem = await damage(file);
        if (problem !== undefined) problems.push(`${file}: ${problem}`);
      }
      if (problems.length === 0)
        return ok(`${files.length === 1 ? "one file" : `${files.length} files`}, whole`);
      return warning(
        problems.join("\n"),
        "hubhand moves a damaged file aside when it starts, and saves what can be read. Look at the disk: a worn card, or power that was cut (dmesg).",
      );
    },
  };
}

async function databases(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const found: string[] = [];
  for (const name of names.sort()) {
    for (const file of FILES.map((each) => path.join(folder, name, each))) {
      if ((await sizeOf(file)) > 0) found.push(file);
    }
  }
  return found;
}

/** What is wrong with it; undefined if nothing is, or if it cannot be told. */
async function damage(file: string): Promise<string | undefined> {
  const before = await stampOf(file);
  const problem = await lookInto(file).catch(ofSqlite);
  // Who writes to it meanwhile leaves a copy that is neither of before nor of after.
  return (await stampOf(file)) === before ? problem : undefined;
}

/** That this user may not read it, or has no room for a copy, says nothing of the file. */
const ofSqlite = (error: unknown): string | undefined =>
  error instanceof Error && "errcode" in error ? messageOf(error) : undefined;

async function lookInto(file: string): Promise<string | undefined> {
  if ((await sizeOf(file)) + (await sizeOf(journalOf(file))) > LARGEST) return undefined;
  if ((await sizeOf(journalOf(file))) === 0) return quickCheck(file);
  const folder = await mkdtemp(path.join(tmpdir(), "hubhand-check-"));
  try {
    const copy = path.join(folder, "copy.db");
    await copyFile(file, copy);
    await copyFile(journalOf(file), journalOf(copy));
    return quickCheck(copy, "writable");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `immutable`: SQLite takes no lock and makes no file beside it (https://www.sqlite.org/uri.html). */
function quickCheck(file: string, mode: "immutable" | "writable" = "immutable"): string | undefined {
  const url = pathToFileURL(file);
  if (mode === "immutable") url.searchParams.set("immutable", "1");
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(url, { readOnly: mode === "immutable" });
  try {
    const row = database.prepare("PRAGMA quick_check(1)").get();
    const said = String(row?.quick_check);
    return said === "ok" ? undefined : said;
  } finally {
    database.close();
  }
}

const journalOf = (file: string): string => `${file}-wal`;

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function stampOf(file: string): Promise<string> {
  const stamps = [file, journalOf(file)].map((each) =>
    stat(each).then(
      ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
      () => "",
    ),
  );
  return (await Promise.all(stamps)).join();
}
