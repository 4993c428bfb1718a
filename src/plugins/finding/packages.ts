import { readdir } from "node:fs/promises";
import path from "node:path";

const PREFIX = "hubhand-plugin-";

/** The name of a plugin in a folder: a package's without what all packages of plugins have. */
export const pluginNameOf = (folder: string): string =>
  folder.startsWith(PREFIX) ? folder.slice(PREFIX.length) : folder;

/** The packages `hubhand-plugin-*` and `@scope/hubhand-plugin-*` that npm has installed in a folder, sorted. */
export async function packageFolders(directory: string): Promise<string[]> {
  const root = path.join(directory, "node_modules");
  const names = await namesIn(root);
  const scopes = names.filter((name) => name.startsWith("@"));
  const scoped = await Promise.all(
    scopes.map(async (scope) =>
      (await namesIn(path.join(root, scope))).map((name) => path.join(scope, name)),
    ),
  );
  return [...names, ...scoped.flat()]
    .filter((name) => path.basename(name).startsWith(PREFIX))
    .sort()
    .map((name) => path.join(root, name));
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
