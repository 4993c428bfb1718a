import path from "node:path";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { readRegularFile } from "../files/regular-file.ts";
import { isAbsent, writeStateFile } from "../files/state-file.ts";

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

/** What is known of this run and of the last. */
export interface Boot {
  /** Runs of this agent on this state folder, with this one; 1 if nothing is remembered. */
  readonly count: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent at the first run. */
  readonly lastExit?: LastExit;
  /** When this software first ran here, ISO 8601: by the device's clock, as all times here. */
  readonly softwareSince: string;
  /** What ran here before it; absent if nothing is remembered. */
  readonly softwareBefore?: Software;
}

export interface BootRecord extends Boot {
  /** Says how this run ends; the last thing that it does. Never rejects. */
  ended(reason: StopReason): Promise<void>;
}

interface Written {
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

export interface BootRecordOptions {
  /** That of the state. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly software: Software;
  /** Differs with each start of the machine; where that is not known, a lost power looks like a kill. */
  machineStart?(): Promise<string | undefined>;
}

/**
 * Counts this run, and finds out how the last one ended: one small file, written at the start and at the end. A disk that
 * takes or gives nothing is told in the log. Never rejects.
 */
export async function openBootRecord(options: BootRecordOptions): Promise<BootRecord> {
  const { directory, clock, logger, software, machineStart = linuxBootId } = options;
  const file = path.join(directory, "boot.json");
  const now = (): string => new Date(clock.wallClock()).toISOString();
  const last = await read();
  const machine = await machineStart();
  const lastExit = last === undefined ? undefined : exitOf(last, machine);
  const startedAt = now();
  const boot: Boot = {
    count: (last?.count ?? 0) + 1,
    startedAt,
    ...(lastExit === undefined ? {} : { lastExit }),
    ...softwareOf(software, { last, startedAt }),
  };
  const { count, softwareSince, softwareBefore } = boot;
  const { pid } = process;
  const record: Written = { count, startedAt, machine, pid, software, softwareSince, softwareBefore };
  await write(record);
  if (lastExit?.reason === "killed" || lastExit?.reason === "power-lost")
    logger.warn(
      { event: "agent.unclean-end", reason: lastExit.reason, bootCount: count },
      "the last run did not end in order",
    );
  return { ...boot, ended: (reason) => write({ ...record, ended: { reason, at: now() } }) };

  async function read(): Promise<Written | undefined> {
    try {
      return parsed(await readRegularFile(file, { maxBytes: LARGEST_FILE }));
    } catch (error) {
      if (!isAbsent(error))
        logger.warn(
          { event: "agent.boots-unreadable" },
          `${file} cannot be read: ${messageOf(error)}. Runs are counted from 1 again.`,
        );
      return undefined;
    }
  }

  async function write(written: Written): Promise<void> {
    try {
      await writeStateFile(file, written);
    } catch (error) {
      logger.warn(
        { event: "agent.boots-unwritable" },
        `runs cannot be counted: ${messageOf(error)}. state.directory names another folder.`,
      );
    }
  }
}

function exitOf({ ended, machine: before }: Written, machine: string | undefined): LastExit {
  if (ended !== undefined) return ended;
  const isAnotherStart = before !== undefined && machine !== undefined && before !== machine;
  return { reason: isAnotherStart ? "power-lost" : "killed" };
}

/**
 * The process of the run that has not said how it ended: one that was killed cannot. Undefined if there is none, or no record
 * that can be read. Never rejects.
 */
export async function lastRunner(directory: string): Promise<number | undefined> {
  try {
    const text = await readRegularFile(path.join(directory, "boot.json"), { maxBytes: LARGEST_FILE });
    const { pid, ended } = parsed(text);
    return ended === undefined && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A roll-back is a change like any other: what was rolled back from is what ran before. */
function softwareOf(
  software: Software,
  { last, startedAt }: { last: Written | undefined; startedAt: string },
): Pick<Boot, "softwareSince" | "softwareBefore"> {
  const before = last?.software;
  if (last === undefined || before === undefined) return { softwareSince: startedAt };
  if (!isSameSoftware(before, software)) return { softwareSince: startedAt, softwareBefore: before };
  const { softwareSince = last.startedAt, softwareBefore } = last;
  return { softwareSince, ...(softwareBefore === undefined ? {} : { softwareBefore }) };
}

const isSameSoftware = (one: Software, other: Software): boolean =>
  one.version === other.version && one.commit === other.commit && one.revision === other.revision;

/** @throws Error if it is no record */
function parsed(text: string): Written {
  const { count, startedAt, machine, pid = 0, ended, ...rest } = JSON.parse(text) as Partial<Written>;
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

/** proc(5): random/boot_id, a UUID of each start of the kernel. */
async function linuxBootId(): Promise<string | undefined> {
  const file = "/proc/sys/kernel/random/boot_id";
  return readRegularFile(file, { maxBytes: 100 }).then(
    (text) => text.trim(),
    () => undefined,
  );
}
