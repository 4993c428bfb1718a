import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the status page, as it goes to a browser. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** For `content-type`. */
  readonly type: string;
  /** Another one for another body; with its quotes. */
  readonly etag: string;
}

export interface Assets {
  /** The file of that name, `index.html` for the page itself; undefined if the page has no such file. */
  read(name: string): Promise<Asset | undefined>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** In a checkout the sources as they are; beside the bundle what `npm run build` made of them. */
const FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./assets/" : "./status-page/", import.meta.url),
);

/** The one library of the page. The bundle has it in `page.js`; a checkout serves the package's own file. */
const LIBRARY = "preact.js";

/** The files of one folder. They are read when they are first asked for, and kept: 60 KB in all. */
export function assetsIn(folder: string): Assets {
  const kept = new Map<string, Promise<Asset>>();
  let listed: Promise<Map<string, string>> | undefined;
  return {
    async read(name) {
      listed ??= list(folder);
      // Only what was found in the folder has a path: a name is never made into one.
      const file = (await listed).get(name);
      if (file === undefined) return undefined;
      const asset = kept.get(name) ?? load(name, file);
      kept.set(name, asset);
      // A file that could not be read is tried anew when it is asked for again.
      asset.catch(() => kept.delete(name));
      return asset;
    },
  };
}

const own = assetsIn(FOLDER);

/** The status page's file of that name, `index.html` for the page itself; undefined if it has no such file. */
export const readAsset = (name: string): Promise<Asset | undefined> => own.read(name);

async function list(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => path.extname(name) in TYPES);
  const files = new Map(names.map((name) => [name, path.join(folder, name)]));
  if (!files.has("elements.js")) return files;
  return files.set(LIBRARY, createRequire(import.meta.url).resolve("preact"));
}

async function load(name: string, file: string): Promise<Asset> {
  const body = await readFile(file);
  const digest = createHash("sha256").update(body).digest("base64url").slice(0, 22);
  return { body, type: TYPES[path.extname(name)] ?? "application/octet-stream", etag: `"${digest}"` };
}
