import type { Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { invalidPlugin } from "../check-outline.ts";
import type { Candidate } from "../discovery.ts";

const OTHERS_MAY_WRITE = 0o002;
/** A folder with more is no plugin that anybody wrote; what is in it is not looked at one by one. */
const MOST_FILES = 2_000;

export interface FileRules {
  /** The plugins folder. */
  readonly directory: string;
  /** True: whoever could write a file may have written it. */
  readonly trust: boolean;
  /** The agent's user; undefined where there are no such numbers. */
  readonly uid: number | undefined;
}

const REMEDY = "(plugins.trustFolder takes it all the same, for development)";

/**
 * Refuses a plugin that somebody else could have written: the agent would run their code, with its rights. Looked at
 * are the plugins folder, the plugin's file, and all files of its folder but those of the packages in `node_modules`,
 * whose folder stands for them. Others are all but the owner and the group: many systems give each user a group of
 * their own and make new files writable by it. It is a look before the plugin is loaded, and no guard of the file
 * afterwards: who may not write it then may not write it later.
 * @throws HubhandError PLUGIN_INVALID naming file, reason and the command that mends it
 */
export async function checkFiles({ file, folder }: Candidate, rules: FileRules): Promise<void> {
  const { directory, trust, uid } = rules;
  if (trust || uid === undefined) return;
  const root = await realpath(directory);
  await checkOne(directory, root, uid);
  await checkOne(file, root, uid);
  if (folder === undefined) return;
  await checkOne(folder, root, uid);
  let left = MOST_FILES;
  for await (const found of filesIn(folder)) {
    left -= 1;
    if (left < 0)
      throw invalidPlugin(`${folder} has more than ${MOST_FILES} files; keep data elsewhere ${REMEDY}`);
    await checkOne(found, root, uid);
  }
}

/** The same for a further file that a plugin names: what a declaration's command runs, if it lies in the folder. */
export async function checkNamedFile(file: string, rules: FileRules): Promise<void> {
  const { directory, trust, uid } = rules;
  if (trust || uid === undefined) return;
  const root = await realpath(directory);
  const real = await realpath(file).catch(() => file);
  if (real.startsWith(root + path.sep)) await checkOne(file, root, uid);
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const where = path.join(folder, entry.name);
    yield where;
    if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== ".git") yield* filesIn(where);
  }
}

async function checkOne(where: string, root: string, uid: number): Promise<void> {
  const link = await lstat(where).catch(() => undefined);
  // It is gone, or leads nowhere: loading it tells.
  const found = link?.isSymbolicLink() ? await stat(where).catch(() => undefined) : link;
  if (link === undefined || found === undefined) return;
  if (link.isSymbolicLink()) {
    const target = await realpath(where);
    if (target !== root && !target.startsWith(root + path.sep))
      throw invalidPlugin(
        `${where} is a link that leads out of the plugins folder, to ${target}; copy it ${REMEDY}`,
      );
  }
  const problem = problemOf(where, found, uid);
  if (problem !== undefined) throw invalidPlugin(`${problem} ${REMEDY}`);
}

function problemOf(where: string, { mode, uid: owner }: Stats, uid: number): string | undefined {
  if (owner !== uid && owner !== 0) {
    const allowed = uid === 0 ? "root, as the agent is" : `user ${uid}, as the agent is, or to root`;
    return `${where} belongs to user ${owner}; expected that it belongs to ${allowed}: chown ${uid} ${where}`;
  }
  if ((mode & OTHERS_MAY_WRITE) !== 0) return `${where} may be written by everyone: chmod o-w ${where}`;
  return undefined;
}
