import { readFile } from "node:fs/promises";
import path from "node:path";

/**
 * The folder whose package.json makes this file CommonJS, in which `import` is an error; undefined if none does. `npm init`
 * of npm 11 writes such a one. Without a `type`, Node goes by what is in the file.
 */
export async function commonJsAbove(file: string): Promise<string | undefined> {
  if (!/\.[jt]s$/.test(file)) return undefined;
  for (let folder = path.dirname(path.resolve(file)); ; folder = path.dirname(folder)) {
    const type = await readFile(path.join(folder, "package.json"), "utf8").then(typeIn, () => undefined);
    if (type !== undefined) return type === "commonjs" ? folder : undefined;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** What it says, `null` if nothing: the nearest package.json decides, whatever is in it. */
function typeIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly type?: unknown } | null)?.type ?? null;
  } catch {
    return null;
  }
}
