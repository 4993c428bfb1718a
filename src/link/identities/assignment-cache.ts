import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { readRegularFile } from "../../files/regular-file.ts";
import { isAbsent } from "../../files/state-file.ts";
import { whyUnreadable } from "../../files/unreadable.ts";
import { isHostName } from "../connection-string.ts";

/** What the provisioning service said. */
export interface Assignment {
  readonly hostName: string;
  readonly deviceId: string;
}

/** Who was asked, and for whom: another one's answer is none. */
export interface Asked {
  readonly endpoint: string;
  readonly idScope: string;
  readonly registrationId: string;
}

/** Keeps the last assignment over a restart, so that a start needs no provisioning service. It holds no key. */
export interface AssignmentCache {
  /** Undefined if there is none for this question, or none that can be used. Never rejects. */
  read(asked: Asked): Promise<Assignment | undefined>;
  /** The same, and nothing is moved or logged: for whoever only looks. Never rejects. */
  peek(asked: Asked): Promise<Assignment | undefined>;
  /** A disk that takes nothing costs a warning, once. Never rejects. */
  write(asked: Asked, assignment: Assignment): Promise<void>;
}

const FILE = "provisioning.json";
/** Nobody else's business, though it holds no secret. */
const MODE = { folder: 0o700, file: 0o600 };

export function createAssignmentCache(options: {
  directory: string;
  logger: Logger;
  clock: Clock;
}): AssignmentCache {
  const { directory, logger, clock } = options;
  const path = join(directory, FILE);
  let complained = false;

  async function setAside(problem: string): Promise<void> {
    const aside = `${path}.unusable`;
    const moved = await rename(path, aside).then(
      () => `it is now ${aside}`,
      (error: unknown) => `it cannot be moved away either (${messageOf(error)})`,
    );
    logger.warn(
      { event: "identity.assignment-damaged" },
      `${path} ${problem}; ${moved}. The provisioning service is asked again.`,
    );
  }

  return {
    async read(asked) {
      let text: string;
      try {
        text = await readRegularFile(path);
      } catch (error) {
        if (!isAbsent(error))
          logger.warn(
            { event: "identity.assignment-unreadable" },
            `${path} is passed over: ${whyUnreadable(error)}`,
          );
        return undefined;
      }
      const found = parse(text);
      if (found === undefined) {
        await setAside("is damaged");
        return undefined;
      }
      return sameQuestion(found.asked, asked) ? found.assignment : undefined;
    },
    async peek(asked) {
      const found = parse(await readRegularFile(path).catch(() => ""));
      return found !== undefined && sameQuestion(found.asked, asked) ? found.assignment : undefined;
    },
    async write(asked, assignment) {
      const content = { asked, assignment, assignedAt: new Date(clock.wallClock()).toISOString() };
      try {
        await makeFolder(directory, { mode: MODE.folder });
        await writeFileAtomically(path, `${JSON.stringify(content, null, 2)}\n`, { mode: MODE.file });
      } catch (error) {
        if (complained) return;
        complained = true;
        logger.warn(
          { event: "identity.assignment-unwritable" },
          `the assignment cannot be kept on disk: ${messageOf(error)}. The next start will need the provisioning service; state.directory names another folder.`,
        );
      }
    },
  };
}

function parse(text: string): { asked: Asked; assignment: Assignment } | undefined {
  try {
    const { asked, assignment } = JSON.parse(text);
    const { endpoint, idScope, registrationId } = asked;
    const { hostName, deviceId } = assignment;
    const texts: unknown[] = [endpoint, idScope, registrationId, hostName, deviceId];
    if (!texts.every((each) => typeof each === "string" && each !== "") || !isHostName(hostName))
      return undefined;
    return { asked: { endpoint, idScope, registrationId }, assignment: { hostName, deviceId } };
  } catch {
    return undefined; // Not JSON, or not of this form: the caller says so.
  }
}

/** The service takes registration ids of any capitals for the same. */
function sameQuestion(one: Asked, other: Asked): boolean {
  return (
    one.endpoint === other.endpoint &&
    one.idScope === other.idScope &&
    one.registrationId.toLowerCase() === other.registrationId.toLowerCase()
  );
}
