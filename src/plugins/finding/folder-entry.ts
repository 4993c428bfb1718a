import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { readRegularFile } from "../../files/regular-file.ts";
import { MEBIBYTE } from "../../sizes.ts";

const INDEXES = ["index.ts", "index.mts", "index.js", "index.mjs"];
/** In its folder a declaration needs no name of its own. */
export const FOLDER_DECLARATION = /^(.*\.)?plugin\.(ya?ml|json)$/;

/** The file that a plugin's folder is loaded by: its one declaration, what its package.json names, or its index. */
export async function entryOfFolder(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const [declaration, another] = names.filter((name) => FOLDER_DECLARATION.test(name)).sort();
  if (declaration !== undefined && another === undefined) return path.join(folder, declaration);
  for (const name of [...(await entriesOfPackage(folder)), ...INDEXES]) {
    const file = path.resolve(folder, name);
    if (file.startsWith(folder + path.sep) && (await isFile(file))) return file;
  }
  return undefined;
}

const isFile = (where: string): Promise<boolean> =>
  stat(where).then(
    (found) => found.isFile(),
    () => false,
  );

/** What a package.json names: `exports` first, as Node does, in its simple forms; then `main`. */
async function entriesOfPackage(folder: string): Promise<string[]> {
  try {
    const text = await readRegularFile(path.join(folder, "package.json"), { maxBytes: MEBIBYTE });
    const { main, exports } = JSON.parse(text) as { main?: unknown; exports?: unknown };
    const root = property(exports, ".") ?? exports;
    const named = [root, property(root, "import"), property(root, "default"), main];
    return named.filter((name) => typeof name === "string");
  } catch {
    return [];
  }
}

const property = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && key in value
    ? (value as Record<string, unknown>)[key]
    : undefined;
