import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { readRegularFile } from "../../files/regular-file.ts";
import { isAbsent, writeStateFile } from "../../files/state-file.ts";
import { type JobRecord, parseRecord } from "./record.ts";

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const JOB_FILE = new RegExp(`^(${ID})\\.json$`);
/** What a write that was killed has left. */
const HALF_WRITTEN = new RegExp(`^\\.(${ID})\\.json\\.[0-9a-f]+$`);

/** Jobs on disk, a file each. Nothing here rejects: a disk that takes or gives nothing is told once, in the log. */
export interface JobStore {
  /**
   * Every job that an earlier run left on disk; sets aside what is none, and takes away what was half written.
   * @param isOfThisRun of those the files are left alone: they are being written
   */
  load(isOfThisRun: (id: string) => boolean): Promise<readonly JobRecord[]>;
  /** @returns whether the job is on disk now, safe from `kill -9` and a power cut */
  save(record: JobRecord): Promise<boolean>;
  /** @returns undefined if there is no such job on disk, or it cannot be read any more */
  read(id: string): Promise<JobRecord | undefined>;
  remove(id: string): Promise<void>;
}

/** The disk of a test: jobs run, and are forgotten with their agent. */
export const forgetfulStore: JobStore = {
  load: async () => [],
  save: async () => false,
  read: async () => undefined,
  remove: async () => {},
};

export interface JobStoreOptions {
  /** Made when it is first needed. */
  readonly directory: string;
  readonly logger: Logger;
}

export function createJobStore({ directory, logger }: JobStoreOptions): JobStore {
  const told = new Set<string>();
  const fileOf = (id: string): string => join(directory, `${id}.json`);

  function tellOnce(about: "write" | "remove", message: string): void {
    if (told.has(about)) return;
    told.add(about);
    logger.warn({ event: "job.not-kept" }, message);
  }

  async function namesOfFiles(): Promise<readonly string[]> {
    try {
      return await readdir(directory);
    } catch (error) {
      if (!isAbsent(error))
        logger.warn(
          { event: "job.unreadable" },
          `the jobs of earlier runs cannot be read: ${messageOf(error)}`,
        );
      return [];
    }
  }

  async function setAside(id: string): Promise<void> {
    const aside = `${fileOf(id)}.unusable`;
    const moved = await rename(fileOf(id), aside).then(
      () => `it is now ${aside}`,
      (error: unknown) => `it cannot be moved away either (${messageOf(error)})`,
    );
    logger.warn(
      { event: "job.damaged" },
      `${fileOf(id)} is damaged; ${moved}. This job is not told any more.`,
    );
  }

  async function read(id: string): Promise<JobRecord | undefined> {
    let text: string;
    try {
      text = await readRegularFile(fileOf(id));
    } catch (error) {
      if (!isAbsent(error))
        logger.warn({ event: "job.unreadable" }, `${fileOf(id)} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
    const record = parseRecord(text);
    if (record?.id === id) return record;
    await setAside(id);
    return undefined;
  }

  return {
    read,
    async load(isOfThisRun) {
      const records: JobRecord[] = [];
      for (const name of await namesOfFiles()) {
        const id = JOB_FILE.exec(name)?.[1] ?? HALF_WRITTEN.exec(name)?.[1];
        if (id === undefined || isOfThisRun(id)) continue;
        if (HALF_WRITTEN.test(name)) await removeFile(join(directory, name));
        else {
          const record = await read(id);
          if (record !== undefined) records.push(record);
        }
      }
      return records;
    },
    async save(record) {
      try {
        await writeStateFile(fileOf(record.id), record);
        return true;
      } catch (error) {
        tellOnce(
          "write",
          `jobs cannot be kept on disk: ${messageOf(error)}. They run, and are forgotten when the agent stops; state.directory names another folder.`,
        );
        return false;
      }
    },
    remove: (id) => removeFile(fileOf(id)),
  };

  async function removeFile(path: string): Promise<void> {
    try {
      await rm(path, { force: true });
    } catch (error) {
      tellOnce("remove", `files of old jobs cannot be removed: ${messageOf(error)}`);
    }
  }
}
