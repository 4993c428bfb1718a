import { constants } from "node:fs";
import { access, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../clock.ts";
import { HubhandError, messageOf } from "../../errors.ts";

export interface RebootFile {
  /** @throws HubhandError METHOD_FAILED saying why the file cannot be written */
  possible(): Promise<void>;
  ask(): Promise<void>;
}

/**
 * Asks the host to reboot by a file that the host watches. It is the least that does: a command would need the right to
 * reboot in here, where plugins run too, and a container has no way to run one on its host.
 * @param file the one that the host watches; null if there is none
 */
export function createRebootFile(file: string | null, clock: Clock): RebootFile {
  return {
    async possible() {
      if (file === null) throw new HubhandError("METHOD_FAILED", "methods.rebootFile is not set");
      // A file that is not there yet is made, in a folder that must let us.
      const where = (await isThere(file)) ? file : path.dirname(file);
      await access(where, constants.W_OK).catch((error: unknown) => {
        const message = `the host cannot be asked to reboot: ${messageOf(error)}. Is it mounted, and may hubhand's user write there?`;
        throw new HubhandError("METHOD_FAILED", message, { cause: error });
      });
    },
    async ask() {
      // In place, and not beside it and renamed: the file itself may be what is mounted.
      if (file !== null) await writeFile(file, `${new Date(clock.wallClock()).toISOString()}\n`);
    },
  };
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
