import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../errors.ts";
import { MEBIBYTE } from "../sizes.ts";
import { type Check, ok, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

const LITTLE_BYTES = 16 * MEBIBYTE;

const REMEDY =
  "Set state.directory (HUBHAND_STATE_DIRECTORY) to a folder that hubhand's user may write to. Without it hubhand works, and remembers nothing over a restart.";

export function stateDirectoryCheck(subject: Subject): Check {
  return {
    id: "state-directory",
    description: "The folder of what is remembered",
    async run() {
      const { directory } = subject.config().values.state;
      const existing = await nearestFolder(directory);
      try {
        await access(existing, constants.W_OK | constants.X_OK);
      } catch (error) {
        return warning(`${existing} cannot be written to: ${messageOf(error)}`, REMEDY);
      }
      const { bavail, bsize } = await statfs(existing);
      const free = `${Math.floor((bavail * bsize) / MEBIBYTE)} MiB free`;
      if (bavail * bsize < LITTLE_BYTES) return warning(`${existing} has ${free}`, "Make room on that disk.");
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
