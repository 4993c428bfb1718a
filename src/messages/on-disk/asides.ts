import { readdirSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Files that were moved aside are for whoever wants to know why; a card that wears out makes many. */
const MOST_KEPT = 3;

/**
 * Files beside the outbox's own. `saving`: what can be read of it is yet to be saved; it is `corrupt` from then on. `moved`:
 * a copy of one that is not in its place any more, until it is taken over.
 */
export type AsideKind = "saving" | "moved" | "corrupt";

/** @param at milliseconds since 1970 */
export const asidePath = (path: string, at: number, kind: AsideKind): string =>
  `${path}.${new Date(at).toISOString().replaceAll(/[:.]/g, "-")}.${kind}`;

/**
 * Moves a file that is not what it should be out of the way, with its journal.
 * @param at milliseconds since 1970
 * @param kind `saving`: until `setDone` it is one that is left
 * @returns where it is now
 */
export async function moveAside(path: string, at: number, kind: "saving" | "corrupt"): Promise<string> {
  const aside = asidePath(path, at, kind);
  await rename(path, aside);
  await renameIfThere(`${path}-wal`, `${aside}-wal`);
  if (kind === "corrupt") await removeOldest(path);
  return aside;
}

/** Those of which the messages are yet to be taken over: this run or an earlier one was kept from it. */
export function asidesLeft(path: string): readonly string[] {
  const folder = dirname(path);
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // There is no folder; or whoever opens the file will say what is wrong with it.
  }
  return names
    .filter((name) => isAside(path, name, "saving") || isAside(path, name, "moved"))
    .sort()
    .map((name) => join(folder, name));
}

/** Its messages are safe elsewhere. @returns where it is now, if it is still of use to a person */
export async function setDone(path: string, aside: string): Promise<string | undefined> {
  if (aside.endsWith(".moved")) {
    await removeWithJournal(aside);
    return undefined;
  }
  const done = aside.replace(/saving$/, "corrupt");
  await rename(aside, done);
  await renameIfThere(`${aside}-wal`, `${done}-wal`);
  await removeOldest(path);
  return done;
}

/** Of the corrupt ones. */
export async function removeOldest(path: string): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => isAside(path, name, "corrupt")).sort();
  for (const name of names.slice(0, -MOST_KEPT)) await removeWithJournal(join(folder, name));
}

const isAside = (path: string, name: string, kind: AsideKind): boolean =>
  name.startsWith(`${basename(path)}.`) && name.endsWith(`.${kind}`);

async function removeWithJournal(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}-wal`, { force: true });
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
