import { dirname } from "node:path";
import { writeFileAtomically } from "./atomic-file.ts";
import { makeFolder } from "./make-folder.ts";

/** What a device remembers is nobody else's business. */
const MODE = { folder: 0o700, file: 0o600 };

/**
 * Writes a value as JSON into a file for its owner only, whole or not at all, and makes its folder if it is not there.
 * @throws what the file system says
 */
export async function writeStateFile(path: string, value: unknown): Promise<void> {
  await makeFolder(dirname(path), { mode: MODE.folder });
  await writeFileAtomically(path, `${JSON.stringify(value)}\n`, { mode: MODE.file });
}

/** Whether a file could not be read because there is none: nothing was remembered yet. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
