import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { readRegularFile } from "../files/regular-file.ts";
import { isAbsent } from "../files/state-file.ts";
import {
  type BootFile,
  bootFileIn,
  type LastExit,
  readBootFile,
  type Software,
  type StopReason,
  writeBootFile,
} from "./boot-file.ts";

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
  const file = bootFileIn(directory);
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
  const record: BootFile = { count, startedAt, machine, pid, software, softwareSince, softwareBefore };
  await write(record);
  if (lastExit?.reason === "killed" || lastExit?.reason === "power-lost")
    logger.warn(
      { event: "agent.unclean-end", reason: lastExit.reason, bootCount: count },
      "the last run did not end in order",
    );
  return { ...boot, ended: (reason) => write({ ...record, ended: { reason, at: now() } }) };

  async function read(): Promise<BootFile | undefined> {
    try {
      return await readBootFile(file);
    } catch (error) {
      if (!isAbsent(error))
        logger.warn(
          { event: "agent.boots-unreadable" },
          `${file} cannot be read: ${messageOf(error)}. Runs are counted from 1 again.`,
        );
      return undefined;
    }
  }

  async function write(written: BootFile): Promise<void> {
    try {
      await writeBootFile(file, written);
    } catch (error) {
      logger.warn(
        { event: "agent.boots-unwritable" },
        `runs cannot be counted: ${messageOf(error)}. state.directory names another folder.`,
      );
    }
  }
}

function exitOf({ ended, machine: before }: BootFile, machine: string | undefined): LastExit {
  if (ended !== undefined) return ended;
  const isAnotherStart = before !== undefined && machine !== undefined && before !== machine;
  return { reason: isAnotherStart ? "power-lost" : "killed" };
}

/** A roll-back is a change like any other: what was rolled back from is what ran before. */
function softwareOf(
  software: Software,
  { last, startedAt }: { last: BootFile | undefined; startedAt: string },
): Pick<Boot, "softwareSince" | "softwareBefore"> {
  const before = last?.software;
  if (last === undefined || before === undefined) return { softwareSince: startedAt };
  if (!isSameSoftware(before, software)) return { softwareSince: startedAt, softwareBefore: before };
  const { softwareSince = last.startedAt, softwareBefore } = last;
  return { softwareSince, ...(softwareBefore === undefined ? {} : { softwareBefore }) };
}

const isSameSoftware = (one: Software, other: Software): boolean =>
  one.version === other.version && one.commit === other.commit && one.revision === other.revision;

/** proc(5): random/boot_id, a UUID of each start of the kernel. */
async function linuxBootId(): Promise<string | undefined> {
  const file = "/proc/sys/kernel/random/boot_id";
  return readRegularFile(file, { maxBytes: 100 }).then(
    (text) => text.trim(),
    () => undefined,
  );
}
