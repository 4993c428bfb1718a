import { randomUUID } from "node:crypto";
import { type Clock, systemClock, waitAtMost } from "../../clock.ts";
import { HubhandError } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { UNKNOWN_METHOD } from "../../observe/metrics/methods.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { JobWork } from "../method.ts";
import { errorReply, type Reply } from "../reply.ts";
import { createJobBook, type JobQuery } from "./book.ts";
import { ended, type JobRecord, type JobSummary, type NewJob, newRecord, summaryOf } from "./record.ts";
import { beginJob, GRACE_MS, type RunningJob, type Verdict } from "./running-job.ts";
import type { JobStore } from "./store.ts";

export interface JobLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many that have ended are told. */
  readonly kept: number;
  /** For how long, in milliseconds. */
  readonly keptFor: number;
  /** The longest that one may run, in milliseconds; null for no limit. */
  readonly longest: number | null;
}

export interface JobsOptions extends JobLimits {
  readonly store: JobStore;
  readonly metrics: Pick<Metrics, "jobsRunning" | "jobs">;
  /** Whether there is such a method still, under which a job is counted then; all are if left out. */
  isMethod?(name: string): boolean;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** The call that becomes a job. */
export interface JobCall extends Omit<NewJob, "id"> {
  /** Its lines carry method and request id. */
  readonly logger: Logger;
}

/** A job that was written down, and waits for the word to start. */
export interface OpenedJob {
  readonly id: string;
  /** Its lines carry the job's id besides those of its call. */
  readonly logger: Logger;
  /** Resolves when the job is on disk, or the disk has had its time; so the caller may be told of it. Never rejects. */
  readonly kept: Promise<void>;
  /** Resolves when the job is over. Never rejects. */
  run(work: JobWork): Promise<void>;
  /** Nobody was told of it: there was none. */
  abandon(): void;
}

/** Work that is longer than a caller waits: what runs, what ran, and how it ended. */
export interface Jobs {
  /** How many run. */
  readonly running: number;
  /** Looks for jobs of an earlier run; those that ran then were interrupted. Once; whoever asks for jobs waits for it. */
  load(): Promise<void>;
  open(call: JobCall): OpenedJob | { readonly refusal: Reply };
  /** Newest first. */
  list(query?: JobQuery): Promise<readonly JobSummary[]>;
  /** @throws HubhandError JOB_UNKNOWN */
  get(id: string): Promise<JobRecord>;
  /** The same when the job is over. @throws HubhandError JOB_UNKNOWN */
  ended(id: string): Promise<JobRecord>;
  /**
   * Fires the job's signal, and resolves when it is over: at the latest after five seconds, whatever its work does.
   * @throws HubhandError JOB_UNKNOWN, or JOB_OVER for one that has ended by itself
   */
  cancel(id: string): Promise<JobRecord>;
  /** Takes no new jobs, waits so many milliseconds for those that run, and interrupts the rest. */
  stop(milliseconds: number): Promise<void>;
}

export function createJobs(options: JobsOptions): Jobs {
  const { store, metrics, concurrency, longest, clock = systemClock, isMethod = () => true } = options;
  const running = new Map<string, RunningJob>();
  const book = createJobBook({ ...options, clock, onForgotten: (id) => void store.remove(id) });
  /** Those of this run, until the earlier ones are known. */
  const ofThisRun = new Set<string>();
  let isLoaded = false;
  let loading: Promise<void> | undefined;
  let isStopping = false;

  function open({ logger: callLogger, ...call }: JobCall): OpenedJob | { readonly refusal: Reply } {
    if (isStopping)
      return { refusal: errorReply("AGENT_STOPPING", "the agent is stopping; call again soon") };
    if (running.size >= concurrency) {
      const message = `${running.size} jobs run, and no more may; wait for one to end, or cancel one`;
      return { refusal: errorReply("METHOD_BUSY", message, { concurrency }) };
    }
    const id = randomUUID();
    if (!isLoaded) ofThisRun.add(id);
    const logger = callLogger.child({ jobId: id });
    const began = clock.now();
    const job = beginJob({
      record: newRecord({ ...call, id }, clock.wallClock()),
      store,
      longest: longest ?? Number.POSITIVE_INFINITY,
      logger,
      clock,
      onOver(record, { isKept, thrown }) {
        leave();
        book.add(record, isKept);
        const { method, state, error } = record;
        metrics.jobs.inc({ method: isMethod(method) ? method : UNKNOWN_METHOD, outcome: state });
        const line = {
          event: "job.ended",
          state,
          ms: Math.round(clock.now() - began),
          error,
          err: thrown,
        } as const;
        logger[state === "failed" ? "error" : "info"](line, `the job is over: ${state}`);
      },
    });
    const leave = (): void => {
      running.delete(id);
      metrics.jobsRunning.set(running.size);
    };
    running.set(id, job);
    metrics.jobsRunning.set(running.size);
    return {
      id,
      logger,
      kept: job.kept,
      run(work) {
        logger.info({ event: "job.starts" }, "the job starts");
        return job.run(work);
      },
      abandon() {
        leave();
        void job.kept.then(() => store.remove(id));
      },
    };
  }

  async function loadOnce(): Promise<void> {
    const records = [];
    for (const found of await store.load((id) => ofThisRun.has(id)))
      records.push(found.state === "running" ? await interrupt(found) : found);
    book.addEarlier(records);
    isLoaded = true;
    ofThisRun.clear();
  }

  async function interrupt(found: JobRecord): Promise<JobRecord> {
    const record = ended(found, interrupted("the agent ended before it did"), clock.wallClock());
    await store.save(record);
    // Its plugin is not loaded yet. There are no more of them than jobs may run.
    metrics.jobs.inc({ method: record.method, outcome: record.state });
    const { id, method, requestId } = record;
    options.logger.warn(
      { event: "job.interrupted", jobId: id, method, requestId },
      "the job was interrupted: the agent ended before it did",
    );
    return record;
  }

  function load(): Promise<void> {
    loading ??= loadOnce();
    return loading;
  }

  async function get(id: string): Promise<JobRecord> {
    const now = running.get(id);
    if (now !== undefined) return now.record;
    await load();
    const one = book.find(id);
    if (one === undefined) throw unknown(id);
    return one.whole ?? (await store.read(id)) ?? one.summary;
  }

  return {
    get running() {
      return running.size;
    },
    load,
    open,
    get,
    async ended(id) {
      await running.get(id)?.over;
      return get(id);
    },
    async list({ state, method, plugin } = {}) {
      await load();
      const all = [...book.list(), ...[...running.values()].map(({ record }) => summaryOf(record))];
      return all
        .filter(
          (job) =>
            (state === undefined || job.state === state) &&
            (method === undefined || job.method === method) &&
            (plugin === undefined || job.plugin === plugin),
        )
        .reverse()
        .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
    },
    async cancel(id) {
      const job = running.get(id);
      if (job === undefined) {
        const { state } = await get(id);
        throw new HubhandError("JOB_OVER", `the job has ended already: it is ${state}`, {
          details: { state },
        });
      }
      const error = { code: "JOB_CANCELLED", message: "a caller cancelled it" } as const;
      await job.giveUp({ state: "cancelled", error }, GRACE_MS);
      return get(id);
    },
    async stop(milliseconds) {
      isStopping = true;
      const all = [...running.values()];
      await waitAtMost(Promise.all(all.map(({ over }) => over)), milliseconds, clock);
      await Promise.all([...running.values()].map((job) => job.giveUp(interrupted("the agent stopped"), 0)));
    },
  };
}

const interrupted = (message: string): Verdict => ({
  state: "interrupted",
  error: { code: "JOB_INTERRUPTED", message },
});

function unknown(id: string): HubhandError {
  return new HubhandError(
    "JOB_UNKNOWN",
    `this device has no job ${JSON.stringify(id)}, or keeps it no longer`,
  );
}
