import type { Clock } from "../clock.ts";
import { MINUTE, SECOND } from "../durations.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { readRegularFile } from "../files/regular-file.ts";
import { isAbsent, writeStateFile } from "../files/state-file.ts";
import { KIBIBYTE } from "../sizes.ts";

/** When tasks ran last, for those that make up for what they missed while the agent did not run. */
export interface LastRuns {
  /** Milliseconds since 1970; undefined if it is not known for a task that is due at such times. */
  get(label: string, timing: string): number | undefined;
  /** Remembers it, on disk a little later. */
  set(label: string, timing: string, time: number): void;
  /** Writes what is not on disk yet. Never rejects. */
  close(): Promise<void>;
}

/** Where nothing outlasts a restart. */
export function forgetfulLastRuns(): LastRuns {
  const runs = new Map<string, Entry>();
  return {
    get: (label, timing) => timeOf(runs.get(label), timing),
    set: (label, timing, time) => void runs.set(label, { timing, time }),
    close: async () => {},
  };
}

interface Entry {
  /** A task that is due at other times now has missed nothing of the old ones. */
  readonly timing: string;
  readonly time: number;
}

/** What comes together is written together, and no more than once a minute: an SD card lives longer. */
const SOON_MS = 5 * SECOND;
const SELDOM_MS = MINUTE;
/** Tasks come and go; those that ran latest are kept. */
const MOST_TASKS = 2_000;
/** Ample room for them. */
const MOST_BYTES = 1024 * KIBIBYTE;
/** The last day that a Date can tell (ECMA-262, 21.4.1.1). */
const LAST_TIME_MS = 8.64e15;

export interface LastRunsOptions {
  readonly file: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Reads what is on disk; a file that cannot be read is told, and begun anew. Never rejects. */
export async function openLastRuns({ file, logger, clock }: LastRunsOptions): Promise<LastRuns> {
  const runs = await read(file, logger);
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  let writtenAt = Number.NEGATIVE_INFINITY;
  let changed = false;
  let hasFailed = false;

  async function write(): Promise<void> {
    if (!changed) return;
    changed = false;
    writtenAt = clock.now();
    try {
      await writeStateFile(file, { version: 1, tasks: Object.fromEntries(runs) });
      hasFailed = false;
    } catch (error) {
      changed = true;
      // Once: a disk that is full stays so for long.
      if (!hasFailed)
        logger.warn(
          { event: "task.book-unwritable", err: error },
          `when tasks ran cannot be kept in ${file}; what they miss over a restart will not be noticed`,
        );
      hasFailed = true;
    }
  }

  function writeSoon(): void {
    changed = true;
    const wait = Math.max(SOON_MS, writtenAt + SELDOM_MS - clock.now());
    cancel ??= clock.setTimer(wait, () => {
      cancel = undefined;
      writing = writing.then(write);
    });
  }

  return {
    get: (label, timing) => timeOf(runs.get(label), timing),
    set(label, timing, time) {
      const known = runs.get(label);
      if (known?.timing === timing && known.time === time) return;
      runs.set(label, { timing, time });
      writeSoon();
    },
    async close() {
      cancel?.();
      await writing;
      await write();
    },
  };
}

const timeOf = (entry: Entry | undefined, timing: string): number | undefined =>
  entry?.timing === timing ? entry.time : undefined;

const isEntry = (value: unknown): value is Entry => {
  const { timing, time } = (value ?? {}) as Partial<Entry>;
  return typeof timing === "string" && typeof time === "number" && time >= 0 && time <= LAST_TIME_MS;
};

async function read(file: string, logger: Logger): Promise<Map<string, Entry>> {
  try {
    const text = await readRegularFile(file, { maxBytes: MOST_BYTES });
    const { tasks } = JSON.parse(text) as { tasks: Record<string, Entry> };
    const entries = Object.entries(tasks)
      .filter(([, entry]) => isEntry(entry))
      .toSorted(([, a], [, b]) => b.time - a.time);
    return new Map(entries.slice(0, MOST_TASKS));
  } catch (error) {
    if (!isAbsent(error))
      logger.warn(
        { event: "task.book-unreadable" },
        `${file} cannot be read: ${messageOf(error)}. Which tasks were missed while the agent was off is not known`,
      );
    return new Map();
  }
}
