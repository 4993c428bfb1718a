import { type Clock, waitAtMost } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import type { JobRun, JobWork } from "../method.ts";
import { endOfReturn, endOfThrow, readProgress } from "./outcome.ts";
import { ended, type JobEnd, type JobRecord, withProgress } from "./record.ts";
import type { JobStore } from "./store.ts";

/** A job's progress goes to disk so often and no more: an SD card must last. What is asked for is the latest always. */
const PROGRESS_WRITE_MS = 30 * SECOND;
/** A disk that is slower than that is not waited for. */
export const DISK_PATIENCE_MS = SECOND;
/** How long work may take to heed its signal, before the job is over without it. */
export const GRACE_MS = 5 * SECOND;

export interface RunningJobOptions {
  readonly record: JobRecord;
  readonly store: Pick<JobStore, "save">;
  /** Milliseconds; Infinity for no limit. */
  readonly longest: number;
  /** Its lines carry the job's id. */
  readonly logger: Logger;
  readonly clock: Clock;
  /** The job has ended, and this is all that is told of it. `isKept`: it is on disk. `thrown`: by its work. */
  onOver(record: JobRecord, how: { readonly isKept: boolean; readonly thrown: unknown }): void;
}

/** The end of a job that does not end by itself. */
export type Verdict = Exclude<JobEnd, { state: "done" }>;

/** One job, from its first write to its last. */
export interface RunningJob {
  readonly record: JobRecord;
  /** Resolves when the job is on disk, or the disk has had its time. Never rejects, as the others. */
  readonly kept: Promise<void>;
  readonly over: Promise<void>;
  /** Does the work, unless the job was given up already; resolves when the job is over. */
  run(work: JobWork): Promise<void>;
  /**
   * Fires the signal; the job ends like this when its work does, or after so many milliseconds without it. Of several
   * verdicts the first stands, and of several graces the first that is over. Resolves when the job is over.
   */
  giveUp(verdict: Verdict, graceMs: number): Promise<void>;
}

/** Begins a job: writes it down, and waits for its work. */
export function beginJob(options: RunningJobOptions): RunningJob {
  const { store, longest, logger, clock, onOver } = options;
  const abort = new AbortController();
  const over = Promise.withResolvers<void>();
  const timers = new Set<() => void>();
  let record = options.record;
  let verdict: Verdict | undefined;
  let hasBegun = false;
  let isEnding = false;
  let isWriteDue = false;
  let hasComplained = false;
  let cancelWrite = (): void => {};
  let lastWrite: Promise<unknown> = Promise.resolve();

  /** One write after the other, each of what is true then. */
  function save(): Promise<boolean> {
    const write = lastWrite.then(() => store.save(record));
    lastWrite = write;
    return write;
  }

  function progress(value: unknown): void {
    if (isEnding) return;
    const read = readProgress(value);
    if ("problem" in read) {
      if (!hasComplained)
        logger.warn({ event: "job.progress-dropped" }, `a progress of the job is dropped: ${read.problem}`);
      hasComplained = true;
      return;
    }
    record = withProgress(record, read.progress, clock.wallClock());
    if (isWriteDue) return;
    isWriteDue = true;
    cancelWrite = clock.setTimer(PROGRESS_WRITE_MS, () => {
      isWriteDue = false;
      void save();
    });
  }

  /** What is told must be true after `kill -9` too: the disk first. */
  async function end(how: JobEnd, thrown?: unknown): Promise<void> {
    if (isEnding) return;
    isEnding = true;
    cancelWrite();
    for (const cancel of timers) cancel();
    const final = ended(record, how, clock.wallClock());
    let isKept = false;
    const write = lastWrite
      .then(() => store.save(final))
      .then((done) => {
        isKept = done;
      });
    await waitAtMost(write, DISK_PATIENCE_MS, clock);
    record = final;
    onOver(final, { isKept, thrown });
    over.resolve();
  }

  async function settle(how: JobEnd, thrown?: unknown): Promise<void> {
    if (!isEnding) await (verdict === undefined ? end(how, thrown) : end(verdict));
    else
      logger.info({ event: "job.ended-late", err: thrown }, "the work of a job that was given up has ended");
  }

  async function perform(work: JobWork): Promise<void> {
    const run: JobRun = { id: record.id, signal: abort.signal, progress };
    try {
      const value = await work(run);
      await settle(endOfReturn(value, record));
    } catch (error) {
      await settle(endOfThrow(error), error);
    }
  }

  async function giveUp(given: Verdict, graceMs: number): Promise<void> {
    const isFirst = verdict === undefined;
    verdict ??= given;
    const { state, error } = verdict;
    if (isFirst && !isEnding) abort.abort(new Error(`the job is given up: ${error.message}`));
    if (graceMs === 0 || !hasBegun) await end(verdict);
    else if (!isEnding) {
      const without = `${error.message}; its work did not end within ${graceMs / SECOND} s, and may go on`;
      timers.add(clock.setTimer(graceMs, () => void end({ state, error: { ...error, message: without } })));
    }
    await over.promise;
  }

  return {
    get record() {
      return record;
    },
    kept: waitAtMost(save(), DISK_PATIENCE_MS, clock),
    over: over.promise,
    giveUp,
    run(work) {
      if (isEnding) return over.promise;
      hasBegun = true;
      const tooLong: Verdict = {
        state: "failed",
        error: { code: "JOB_TIMED_OUT", message: `it was over its ${longest / SECOND} s` },
      };
      if (longest !== Number.POSITIVE_INFINITY)
        timers.add(clock.setTimer(longest, () => void giveUp(tooLong, GRACE_MS)));
      void perform(work);
      return over.promise;
    },
  };
}
