import { constants, type Stats } from "node:fs";
import { access, lstat, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { HubhandError } from "../../errors.ts";
import { invalidPlugin } from "../check-outline.ts";
import type { CommandDeclaration } from "../declaration/declaration.ts";
import type { Candidate } from "../discovery.ts";

export interface FileRules {
  /** The plugins folder. */
  readonly directory: string;
  /** `plugins.trustFolder`: whoever could write it, it is taken. */
  readonly trust: boolean;
  /** The agent's user; undefined on a system without such numbers, which has no rules either. */
  readonly uid: number | undefined;
}

/**
 * Sees that nobody but root and the agent's user could have written a plugin: it runs as that user, and knows what
 * the agent lets it know. Looked at are the plugins folder, the folders down to the plugin, the file, and for a folder
 * all that is in it. Not looked at is what was installed into it (`node_modules`, a Python environment): thousands of
 * files on a slow card, written by whoever wrote the folder.
 *
 * A group may have the right to write: it is given on purpose, and where each user has a group alone (Debian, umask
 * 002) it means nothing. It is no protection from those who may write: between this look and the import they can put
 * another file there. Nor are the folders above the plugins folder looked at.
 * @throws HubhandError PLUGIN_INVALID naming the path, what it is, and the command that mends it
 */
export async function checkFiles(candidate: Candidate, rules: FileRules): Promise<void> {
  const { directory, trust, uid } = rules;
  if (trust || uid === undefined) return;
  const inspection = await startInspection(directory, uid);
  if (candidate.folder !== undefined) await inspectTree(inspection, candidate.folder);
  await inspect(inspection, candidate.file);
}

/**
 * The same for the files in the plugins folder that a command names: its program, and arguments like the script in
 * `[python3, relay.py]`. What it names elsewhere is the choice of who wrote the declaration.
 * @throws HubhandError PLUGIN_INVALID, as `checkFiles`
 */
export async function checkCommand(
  { command, directory }: Pick<CommandDeclaration, "command" | "directory">,
  rules: FileRules,
): Promise<void> {
  const { trust, uid } = rules;
  if (trust || uid === undefined) return;
  const inspection = await startInspection(rules.directory, uid);
  for (const [index, word] of command.entries()) {
    const file = path.resolve(directory, word);
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile() || !isInside(path.resolve(rules.directory), file)) continue;
    // A link to what is root's own is how a Python environment has its interpreter.
    const real = await realpath(file);
    const isInterpreter = index === 0 && found.uid === 0 && !isInside(inspection.root, real);
    await (isInterpreter ? judge(real, uid) : inspect(inspection, file));
  }
}

async function startInspection(directory: string, uid: number): Promise<Inspection> {
  return { root: await realpath(directory), uid, seen: new Set(), walked: new Set() };
}

interface Inspection {
  /** The plugins folder, without links. */
  readonly root: string;
  readonly uid: number;
  /** What was looked at, without links: those may go round in circles. */
  readonly seen: Set<string>;
  readonly walked: Set<string>;
}

async function inspectTree(inspection: Inspection, folder: string): Promise<void> {
  await inspect(inspection, folder);
  const real = await realpath(folder);
  if (inspection.walked.has(real)) return;
  inspection.walked.add(real);
  const names = await readdir(folder);
  if (names.includes("pyvenv.cfg")) return;
  for (const name of names) {
    const where = path.join(folder, name);
    const isFolder = (await stat(where).catch(() => undefined))?.isDirectory() ?? false;
    if (isFolder && name !== "node_modules") await inspectTree(inspection, where);
    else await inspect(inspection, where);
  }
}

async function inspect({ root, uid, seen }: Inspection, where: string): Promise<void> {
  // What a link leads to in vain cannot be run, and who tries will tell.
  const real = await realpath(where).catch(() => undefined);
  if (real === undefined) return;
  if (!isInside(root, real)) {
    const advice = "Copy it into the folder";
    throw refused(`${where} is a link that leads out of the plugins folder, to ${real}. ${advice}`);
  }
  for (const step of stepsTo(root, real)) {
    if (seen.has(step)) continue;
    seen.add(step);
    await judge(step, uid);
  }
}

/** @param real without links */
async function judge(real: string, uid: number): Promise<void> {
  const found = await lstat(real);
  if (found.uid !== uid && found.uid !== 0) {
    const whom = uid === 0 ? "root, as whom the agent runs" : `root or the agent's user, ${uid}`;
    // Never the agent's user, as whom plugins run: what is root's no plugin can change.
    const remedy = `chown root ${quoted(real)}`;
    throw refused(`${real} belongs to user ${found.uid}; expected ${whom}. Mend it with: ${remedy}`);
  }
  if ((found.mode & constants.S_IWOTH) !== 0 && !(await isSealed(real, found))) {
    const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
    const remedy = `chmod o-w ${quoted(real)}`;
    throw refused(`${real} may be written by every user (mode ${mode}). Mend it with: ${remedy}`);
  }
}

/**
 * Kubernetes mounts the folders of a ConfigMap with mode 0777, on a file system that nobody can write. A sticky bit
 * is not enough: others could still add what a plugin imports.
 */
async function isSealed(real: string, found: Stats): Promise<boolean> {
  if (!found.isDirectory()) return false;
  return access(real, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "EROFS",
  );
}

const isInside = (root: string, real: string): boolean => real === root || real.startsWith(root + path.sep);

/** The plugins folder, and all that is between it and a path in it, and that. */
function stepsTo(root: string, real: string): readonly string[] {
  const steps = path
    .relative(root, real)
    .split(path.sep)
    .filter((step) => step !== "");
  return [root, ...steps.map((_, index) => path.join(root, ...steps.slice(0, index + 1)))];
}

const quoted = (file: string): string =>
  /^[\w./@+-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;

const refused = (what: string): HubhandError =>
  invalidPlugin(`${what} (plugins.trustFolder takes it all the same, for development)`);
