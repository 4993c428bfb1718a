import { rename } from "node:fs/promises";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { readRegularFile } from "../files/regular-file.ts";
import { isAbsent, writeStateFile } from "../files/state-file.ts";
import { isMapping } from "../mapping.ts";
import { own, type PropertyObject } from "./properties.ts";

/** The hub takes 32 KiB as it counts; JSON with escapes may be six times as long. */
const LARGEST_FILE = 1024 * 1024;

/** Desired properties that were accepted, and as of which version; what the device goes by until the hub is in reach. */
export interface LastGood {
  /** 0: none yet. */
  readonly version: number;
  readonly root: PropertyObject;
  readonly components: Readonly<Record<string, PropertyObject>>;
}

export const NONE_YET: LastGood = { version: 0, root: {}, components: {} };

/** Keeps them on disk. Nothing here rejects: a disk that takes or gives nothing is told, in the log. */
export interface LastGoodStore {
  load(): Promise<LastGood>;
  /** @returns whether they are on disk now, safe from a kill and a power cut */
  save(good: LastGood): Promise<boolean>;
}

export function createLastGoodStore({ file, logger }: { file: string; logger: Logger }): LastGoodStore {
  let isTold = false;

  async function setAside(why: string): Promise<void> {
    const aside = `${file}.unusable`;
    const moved = await rename(file, aside).then(
      () => `it is now ${aside}`,
      (error: unknown) => `it cannot be moved away either (${messageOf(error)})`,
    );
    logger.warn(
      { event: "twin.file-damaged" },
      `${file} is damaged (${why}); ${moved}. Until the hub is in reach the configuration alone decides.`,
    );
  }

  return {
    async load() {
      let text: string;
      try {
        text = await readRegularFile(file, { maxBytes: LARGEST_FILE });
      } catch (error) {
        if (!isAbsent(error))
          logger.warn(
            { event: "twin.file-unreadable" },
            `${file} cannot be read: ${messageOf(error)}. It holds what the twin last desired.`,
          );
        return NONE_YET;
      }
      const good = parsed(text);
      if (good === undefined) await setAside("it does not hold what it should");
      return good ?? NONE_YET;
    },
    async save(good) {
      try {
        await writeStateFile(file, good);
        isTold = false;
        return true;
      } catch (error) {
        if (!isTold)
          logger.warn(
            { event: "twin.file-unwritable" },
            `what the twin desires cannot be kept on disk: ${messageOf(error)}. It is followed, and forgotten when the agent stops; state.directory names another folder.`,
          );
        isTold = true;
        return false;
      }
    },
  };
}

function parsed(text: string): LastGood | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isMapping(value)) return undefined;
  const [version, root, components] = ["version", "root", "components"].map((name) => own(value, name));
  if (!Number.isSafeInteger(version) || !isMapping(root) || !isMapping(components)) return undefined;
  if (!Object.values(components).every(isMapping)) return undefined;
  return { version: Number(version), root, components: components as LastGood["components"] };
}
