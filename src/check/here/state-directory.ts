import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../errors.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { type Check, ok, warning } from "../check.ts";
import type { Subject } from "../subject.ts";

const LITTLE_BYTES = 16 * MEBIBYTE;
/** The folder holds a few dozen files at most. */
const FEW_FILES = 64;

const WITHOUT = "Without it hubhand works, and remembers nothing over a restart.";

export function stateDirectoryCheck(subject: Subject): Check {
  return {
    id: "state-directory",
    description: "The folder of what is remembered",
    async run() {
      const { directory } = subject.config().values.state;
      const existing = await nearestFolder(directory);
      const problem = await unwritable(existing);
      if (problem !== undefined)
        return warning(`${existing} cannot be written to: ${problem.what}`, `${problem.remedy} ${WITHOUT}`);
      const { bavail, bsize, files, ffree } = await statfs(existing);
      const free = `${Math.floor((bavail * bsize) / MEBIBYTE)} MiB free`;
      if (bavail * bsize < LITTLE_BYTES)
        return warning(`${existing} has ${free}`, `Make room on that disk (df -h ${existing}). ${WITHOUT}`);
      // Some file systems do not count them, and say 0 of 0.
      if (files > 0 && ffree < FEW_FILES)
        return warning(
          `${existing} has ${free}, and room for ${ffree} more files (inodes)`,
          `Remove files: something has made very many of them (df -i ${existing}). ${WITHOUT}`,
        );
      const there = existing === directory ? "" : " will be made when it is needed;";
      return ok(`${directory}${there} ${free}`);
    },
  };
}

/** The folder itself, or what is there of the way to it. */
async function nearestFolder(directory: string): Promise<string> {
  const parent = path.dirname(directory);
  const found = await stat(directory).catch(() => undefined);
  if (found !== undefined || parent === directory) return directory;
  return nearestFolder(parent);
}

async function unwritable(existing: string): Promise<{ what: string; remedy: string } | undefined> {
  const folder =
    "Set state.directory (HUBHAND_STATE_DIRECTORY) to a folder that hubhand's user may write to.";
  if (!(await stat(existing)).isDirectory()) return { what: "it is a file", remedy: folder };
  try {
    await access(existing, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EROFS")
      return {
        what: "the disk is read-only",
        remedy:
          "Mount it for writing, or mount another there (in a container: a volume on /data). A card that turned read-only by itself is worn: replace it.",
      };
    if (code !== "EACCES") return { what: messageOf(error), remedy: folder };
    const uid = process.getuid?.() ?? "…";
    return { what: `user ${uid} may not`, remedy: `chown -R ${uid} ${existing}, or set state.directory.` };
  }
}
