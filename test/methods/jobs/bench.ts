import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobLimits } from "../../../src/methods/jobs/jobs.ts";
import type { JobRecord } from "../../../src/methods/jobs/record.ts";
import { createJobStore } from "../../../src/methods/jobs/store.ts";
import type { JobRun, JobWork } from "../../../src/methods/method.ts";
import { createLogBook, type LogBook } from "../../support/agent/log-lines.ts";
import { type Bench, createBench } from "../bench.ts";

export interface JobBench extends Bench {
  /** Where the jobs are on disk. */
  readonly folder: string;
  /** What the store logs. */
  readonly storeLog: LogBook;
  /** Calls a method that becomes a job, and resolves with its id. */
  begin(work: JobWork): Promise<string>;
  /** What is on disk of a job. */
  onDisk(id: string): Promise<JobRecord>;
  /** Names of all files. */
  files(): Promise<string[]>;
  /** Resolves with the job when it has ended. */
  ended(id: string): Promise<JobRecord>;
}

/** The real dispatcher with real jobs on a real disk. */
export async function createJobBench(folder: string, limits: Partial<JobLimits> = {}): Promise<JobBench> {
  const storeLog = await createLogBook();
  const store = createJobStore({ directory: folder, logger: storeLog.logger });
  const bench = await createBench({ ...limits, store });
  let methods = 0;
  return Object.assign(bench, {
    folder,
    storeLog,
    async begin(work: JobWork) {
      methods += 1;
      const name = `work-${methods}`;
      bench.define(name, ({ job }) => void job(work));
      const { status, body } = await bench.call(name).reply;
      if (status !== 202) throw new Error(`no job: ${JSON.stringify(body)}`);
      return (body as { jobId: string }).jobId;
    },
    onDisk: async (id: string) => JSON.parse(await readFile(join(folder, `${id}.json`), "utf8")) as JobRecord,
    files: () => readdir(folder),
    ended: bench.jobs.ended,
  });
}

/** Work that goes on until the test says how it ends. */
export interface HeldWork {
  readonly work: JobWork;
  /** Resolves when the work has begun. */
  readonly begun: Promise<JobRun>;
  end(result?: unknown): void;
  fail(error: unknown): void;
}

export function heldWork(): HeldWork {
  const begun = Promise.withResolvers<JobRun>();
  const end = Promise.withResolvers<unknown>();
  return {
    work(run) {
      begun.resolve(run);
      return end.promise;
    },
    begun: begun.promise,
    end: end.resolve,
    fail: end.reject,
  };
}
