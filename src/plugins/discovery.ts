import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { HubhandError, messageOf } from "../errors.ts";
import { entryOfFolder, FOLDER_DECLARATION } from "./finding/folder-entry.ts";
import { packageFolders, pluginNameOf } from "./finding/packages.ts";
import { isProgram } from "./finding/program.ts";

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
  /** Entries that are no plugin, by name, some with what to do: told once, so that a misnamed file is found. */
  readonly ignored: readonly string[];
}

const MODULE = /\.(ts|mts|js|mjs)$/;
const DECLARATION_FILE = /(?<=.)\.plugin\.(ya?ml|json)$/;
/** What lies beside packages and TypeScript: no plugin, and no mistake either. */
const COMPANION = /^(package|package-lock|tsconfig)\.json$/;
const NOT_A_PLUGIN = /(^[._])|(\.d\.m?ts$)|(\.(test|spec)\.[^.]+$)|(^node_modules$)/;

/**
 * Looks into a plugins folder. A plugin is each `.ts`, `.mts`, `.js` or `.mjs` file; each `name.plugin.yaml`; each
 * program that may be run, unless a declaration has its name or runs it; each folder with a `package.json` that
 * has a `main`, with an `index` file, or with a declaration; and each package `hubhand-plugin-*` in `node_modules`.
 * Names that start with `.` or `_` and tests are passed over.
 * @throws HubhandError PLUGIN_INVALID if the folder cannot be read, saying why and what to do
 */
export async function discoverPlugins(directory: string): Promise<Discovery> {
  const names = (
    await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      throw new HubhandError("PLUGIN_INVALID", unreadable(directory, error), { cause: error });
    })
  ).sort();
  const declarations = names.filter((name) => DECLARATION_FILE.test(name) && !NOT_A_PLUGIN.test(name));
  const declared = new Set(declarations.map((name) => name.replace(DECLARATION_FILE, "")));
  const commanded = await namedByCommands(directory, declarations);
  const candidates: Candidate[] = [];
  const ignored: string[] = [];
  for (const name of names) {
    if (NOT_A_PLUGIN.test(name) || COMPANION.test(name) || commanded.has(name)) continue;
    const found = await candidateAt(path.join(directory, name), declared);
    if (typeof found === "object") candidates.push(found);
    else if (found !== "part of another") ignored.push(name + HINTS[found]);
  }
  for (const folder of await packageFolders(directory)) {
    const found = await folderCandidate(folder);
    if (found === undefined) ignored.push(path.relative(directory, folder));
    else candidates.push(found);
  }
  return { candidates, ignored };
}

/** What to do about what was probably meant to be a plugin. */
const HINTS = {
  "not a plugin": "",
  "not executable": " (a script that may not be run: chmod +x)",
  "no first line": " (a script without a first line like #!/bin/sh)",
} as const;

/** The files of a folder that the commands of its declarations name: `[python3, relay.py]`. */
async function namedByCommands(
  directory: string,
  declarations: readonly string[],
): Promise<ReadonlySet<string>> {
  const commands = await Promise.all(declarations.map((name) => commandOf(path.join(directory, name))));
  return new Set(
    commands
      .flat()
      .map((word) => path.resolve(directory, word))
      .filter((file) => path.dirname(file) === path.resolve(directory))
      .map((file) => path.basename(file)),
  );
}

/** What reads YAML is loaded where there are declarations. */
async function commandOf(file: string): Promise<readonly string[]> {
  const { commandIn } = await import("./declaration/read-declaration.ts");
  return commandIn(file);
}

async function candidateAt(
  where: string,
  declared: ReadonlySet<string>,
): Promise<Candidate | keyof typeof HINTS | "part of another"> {
  const base = path.basename(where);
  // Follows links, as folders mounted from Kubernetes are full of them. One that leads nowhere is left to the
  // import, which tells of it.
  const found = await stat(where).catch(() => undefined);
  if (found?.isDirectory()) return (await folderCandidate(where)) ?? "not a plugin";
  if (found !== undefined && !found.isFile()) return "not a plugin";
  const as = (form: Candidate["form"], suffix: RegExp): Candidate => ({
    name: base.replace(suffix, ""),
    form,
    file: where,
  });
  if (DECLARATION_FILE.test(base)) return as("declaration", DECLARATION_FILE);
  // relay.ts beside relay.plugin.yaml is what the declaration runs.
  const plain = as("executable", /(?<=.)\.[^.]*$/);
  if (declared.has(plain.name)) return "part of another";
  if (MODULE.test(base)) return as("module", MODULE);
  if (found === undefined) return "not a plugin";
  const program = await isProgram(where, found);
  if (program === "yes") return plain;
  return program === "no" ? "not a plugin" : program;
}

async function folderCandidate(folder: string): Promise<Candidate | undefined> {
  const file = await entryOfFolder(folder);
  if (file === undefined) return undefined;
  const form = FOLDER_DECLARATION.test(path.basename(file)) ? "declaration" : "module";
  return { name: pluginNameOf(path.basename(folder)), form, file, folder };
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
