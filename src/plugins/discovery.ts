import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { HubhandError, messageOf } from "../errors.ts";

/** Something in the plugins folder that says it is a plugin. */
export interface Candidate {
  /** From the name of the file or folder. */
  readonly name: string;
  /** What the file is: code to import, a program, or a declaration (`name.plugin.yaml`) of either or of a service. */
  readonly form: "module" | "executable" | "declaration";
  /** The file to import, to run, or to read. */
  readonly file: string;
  /** The folder that is the plugin, if it is one. */
  readonly folder?: string;
}

export interface Discovery {
  readonly candidates: readonly Candidate[];
  /** Entries that are no plugin, by name: told once, so that a misnamed file is found. */
  readonly ignored: readonly string[];
}

const MODULE = /\.(ts|mts|js|mjs)$/;
const NOT_A_PLUGIN = /(^[._])|(\.d\.m?ts$)|(\.(test|spec)\.[^.]+$)|(^node_modules$)/;

/**
 * Looks into a plugins folder: each `.ts`, `.js` or `.mjs` file is a plugin, and each folder with a `package.json`
 * that has a `main`, or with an `index` file. Names that start with `.` or `_` and tests are passed over.
 * @throws HubhandError PLUGIN_INVALID if the folder cannot be read, saying why and what to do
 */
export async function discoverPlugins(directory: string): Promise<Discovery> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new HubhandError("PLUGIN_INVALID", unreadable(directory, error), { cause: error });
  });
  const candidates: Candidate[] = [];
  const ignored: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (NOT_A_PLUGIN.test(entry.name)) continue;
    const where = path.join(directory, entry.name);
    // Follows links, as folders mounted from Kubernetes are full of them. One that leads nowhere is left to the
    // import, which tells of it.
    const found = await stat(where).catch(() => undefined);
    const isFolder = found?.isDirectory() ?? false;
    const isModule = MODULE.test(entry.name) && (found === undefined || found.isFile());
    const file = isFolder ? await entryOfFolder(where) : isModule ? where : undefined;
    if (file === undefined) ignored.push(entry.name);
    else {
      const name = isFolder ? entry.name : entry.name.replace(MODULE, "");
      candidates.push({ name, form: "module", file, ...(isFolder ? { folder: where } : {}) });
    }
  }
  return { candidates, ignored };
}

const isFile = (where: string): Promise<boolean> =>
  stat(where).then(
    (found) => found.isFile(),
    () => false,
  );

async function entryOfFolder(folder: string): Promise<string | undefined> {
  const main = await readFile(path.join(folder, "package.json"), "utf8")
    .then((text): unknown => (JSON.parse(text) as { main?: unknown }).main)
    .catch(() => undefined);
  const names = ["index.ts", "index.mts", "index.js", "index.mjs"];
  for (const name of typeof main === "string" ? [main, ...names] : names) {
    const file = path.join(folder, name);
    if (await isFile(file)) return file;
  }
  return undefined;
}

function unreadable(directory: string, error: NodeJS.ErrnoException): string {
  const remedy =
    "Set plugins.directory (HUBHAND_PLUGINS_DIRECTORY, --plugins-directory) to a folder that can be read.";
  if (error.code === "ENOENT")
    return `the plugins folder ${directory} does not exist. Create it, or mount it. ${remedy}`;
  if (error.code === "ENOTDIR") return `the plugins folder ${directory} is a file. ${remedy}`;
  if (error.code === "EACCES")
    return `the plugins folder ${directory} may not be read by this user. ${remedy}`;
  return `the plugins folder ${directory} cannot be read: ${messageOf(error)}. ${remedy}`;
}
