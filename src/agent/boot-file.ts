import path from "node:path";
import { readRegularFile } from "../files/regular-file.ts";
import { writeStateFile } from "../files/state-file.ts";

const LARGEST_FILE = 4096;

/** Why a run ended in order: asked by a signal, by the method `hubhand.restart`, or because of an internal fault. */
export type StopReason = "stopped" | "restart" | "failed";

/** How the run before this one ended. */
export interface LastExit {
  /**
   * `killed`: it had no time to say so, and the machine ran on: SIGKILL, a crash, or out of memory. `power-lost`: the
   * machine started anew since.
   */
  readonly reason: StopReason | "killed" | "power-lost";
  /** ISO 8601; absent of a run that could not say. */
  readonly at?: string;
}

/** What runs, as far as a roll-out has to know it apart. */
export interface Software {
  /** hubhand's. */
  readonly version: string;
  /** That hubhand was built from; absent in a checkout. */
  readonly commit?: string | undefined;
  /** What the operator calls the image or package with all that is in it, plugins too (`twin.revision`). */
  readonly revision?: string | undefined;
}

/** What stands in the file. */
export interface BootFile {
  readonly count: number;
  readonly startedAt: string;
  readonly machine?: string | undefined;
  /** Of the process, for whoever looks whether an agent has the folder; 0 if it was not told. */
  readonly pid: number;
  readonly ended?: LastExit | undefined;
  /** Absent in a record of an agent that did not write it yet. */
  readonly software?: Software | undefined;
  readonly softwareSince?: string | undefined;
  readonly softwareBefore?: Software | undefined;
}

/** Where it lies in the folder of the state. */
export const bootFileIn = (directory: string): string => path.join(directory, "boot.json");

/** @throws what the disk says, or that the file is damaged */
export async function readBootFile(file: string): Promise<BootFile> {
  return parsed(await readRegularFile(file, { maxBytes: LARGEST_FILE }));
}

/** @throws what the disk says */
export const writeBootFile = (file: string, written: BootFile): Promise<void> =>
  writeStateFile(file, written);

/**
 * The process of the run that has not said how it ended: one that was killed cannot. Undefined if there is none, or no record
 * that can be read. Never rejects.
 */
export async function lastRunner(directory: string): Promise<number | undefined> {
  try {
    const { pid, ended } = await readBootFile(bootFileIn(directory));
    return ended === undefined && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @throws Error if it is no record */
function parsed(text: string): BootFile {
  const { count, startedAt, machine, pid = 0, ended, ...rest } = JSON.parse(text) as Partial<BootFile>;
  if (!Number.isSafeInteger(count) || typeof startedAt !== "string") throw new Error("it is damaged");
  return {
    count: Number(count),
    startedAt,
    pid: Number(pid),
    ...(typeof machine === "string" ? { machine } : {}),
    ...(isExit(ended) ? { ended } : {}),
    ...(isSoftware(rest.software) ? { software: rest.software } : {}),
    ...(typeof rest.softwareSince === "string" ? { softwareSince: rest.softwareSince } : {}),
    ...(isSoftware(rest.softwareBefore) ? { softwareBefore: rest.softwareBefore } : {}),
  };
}

const isSoftware = (value: unknown): value is Software =>
  typeof value === "object" && value !== null && "version" in value && typeof value.version === "string";

const isExit = (value: unknown): value is LastExit =>
  typeof value === "object" && value !== null && "reason" in value && typeof value.reason === "string";
