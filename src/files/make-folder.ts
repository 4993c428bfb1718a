import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it that are not there, all with this mode; one that is there is left as it is.
 *
 * Node's own (`recursive: true`) never returns where the parent is there and the system says ENOENT all the same, as below
 * /proc (seen with Node 24.21); it takes a thread, or with mkdirSync the process.
 * @throws what the system says; ENOENT for a place where no folder can be made
 */
export async function makeFolder(
  path: string,
  { mode = 0o777 }: { readonly mode?: number } = {},
): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const parent = dirname(path);
    if (parent === path) throw error;
    await makeFolder(parent, { mode });
    await makeOne(path, mode).catch((again: unknown) => {
      throw isMissing(again) ? nowhere(path, parent) : again;
    });
  }
}

/** What is there already may be refused with another code: on a read-only disk, or for the root. */
async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (isMissing(error)) throw error;
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() !== true) throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

const nowhere = (path: string, parent: string): Error =>
  Object.assign(new Error(`no folder can be made in ${parent}, which is on no disk`), {
    code: "ENOENT",
    path,
  });
