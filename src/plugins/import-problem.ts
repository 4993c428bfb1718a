import { readFile, realpath } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "../errors.ts";

/** A file and line as stacks have them: `file:///plugins/a.ts:3`, `/plugins/a.js:3:5`. */
const PLACE = /((?:file:\/\/)?\/[^\s():?]+)(?:\?version=\d+)?:(\d+)/;

const IS_COMMONJS = /Cannot use import statement outside a module|Unexpected token 'export'/;

interface Place {
  readonly file: string;
  readonly line: string;
}

/** What to tell a plugin's author of an import that failed: the reason, and the file and line if they can be found. */
export async function importProblem(file: string, error: unknown): Promise<string> {
  const folder = await realpath(path.dirname(file)).catch(() => path.dirname(file));
  const place =
    placeOf(error, folder) ?? (error instanceof SyntaxError ? await syntaxErrorIn(file, folder) : undefined);
  const where =
    place === undefined ? path.basename(file) : `${path.relative(folder, place.file)}:${place.line}`;
  const message = messageOf(error);
  const hint = IS_COMMONJS.test(message)
    ? '. A package.json above it makes its files CommonJS: write "type": "module" there, or name the file .mjs or .mts'
    : "";
  return `it failed while it was imported (${where}): ${message}${hint}`;
}

/** The first line of the plugin's own code that the error's stack tells of. */
function placeOf(error: unknown, folder: string): Place | undefined {
  for (const text of stackOf(error).split("\n")) {
    const [, where, line] = PLACE.exec(text) ?? [];
    if (where === undefined || line === undefined) continue;
    const file = where.startsWith("file:") ? fileURLToPath(where) : where;
    if (file.startsWith(folder + path.sep) && !file.includes("/node_modules/")) return { file, line };
  }
  return undefined;
}

/** The stack is made when it is first read, of a message that may throw. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : "";
  } catch {
    return "";
  }
}

/** V8 does not tell where in an ES module a syntax error is; the parser that strips types does. */
async function syntaxErrorIn(file: string, folder: string): Promise<Place | undefined> {
  try {
    const source = await readFile(file, "utf8");
    stripTypeScriptTypes(source, { sourceUrl: pathToFileURL(path.join(folder, path.basename(file))).href });
    return undefined;
  } catch (error) {
    return placeOf(error, folder);
  }
}
