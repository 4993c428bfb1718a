import type { ErrorCode } from "../../errors.ts";

/** Where a job is; only `running` is not the end of it. */
export type JobState = "running" | "done" | "failed" | "cancelled" | "interrupted";

export const JOB_STATES: readonly JobState[] = ["running", "done", "failed", "cancelled", "interrupted"];

/** Why a job has no result. */
export interface JobError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What is told of a job in a list. Times are ISO 8601, in the order in which they stand here even if the clock jumps. */
export interface JobSummary {
  readonly id: string;
  readonly method: string;
  readonly plugin: string;
  /** Of the call that started it. */
  readonly requestId: string;
  readonly state: JobState;
  readonly createdAt: string;
  /** When it last changed its state or told its progress. */
  readonly updatedAt: string;
  readonly endedAt?: string;
  /** The latest that its work told; missing if it told none. */
  readonly progress?: unknown;
  /** Of a job that is not done. */
  readonly error?: JobError;
}

/** All that is told of a job, and what its file holds. */
export interface JobRecord extends JobSummary {
  /** Of a job that is done; `null` if its work returned nothing. */
  readonly result?: unknown;
}

/** How a job came to its end. */
export type JobEnd =
  | { readonly state: "done"; readonly result: unknown }
  | { readonly state: Exclude<JobState, "running" | "done">; readonly error: JobError };

export interface NewJob {
  readonly id: string;
  readonly method: string;
  readonly plugin: string;
  readonly requestId: string;
}

/** A job that begins. @param now milliseconds since 1970 */
export function newRecord({ id, method, plugin, requestId }: NewJob, now: number): JobRecord {
  const createdAt = new Date(now).toISOString();
  return { id, method, plugin, requestId, state: "running", createdAt, updatedAt: createdAt };
}

/** The same job with its latest progress; one that has ended stays as it is. */
export function withProgress(record: JobRecord, progress: unknown, now: number): JobRecord {
  return record.state === "running" ? { ...record, updatedAt: notBefore(record, now), progress } : record;
}

/** The same job at its end; the first end stands. */
export function ended(record: JobRecord, end: JobEnd, now: number): JobRecord {
  if (record.state !== "running") return record;
  const endedAt = notBefore(record, now);
  return { ...record, updatedAt: endedAt, endedAt, ...end };
}

export function summaryOf({ result: _, ...summary }: JobRecord): JobSummary {
  return summary;
}

/** Reads what a file holds; undefined for what is no job. */
export function parseRecord(text: string): JobRecord | undefined {
  let found: Partial<JobRecord> | null;
  try {
    found = JSON.parse(text) as Partial<JobRecord> | null;
  } catch {
    return undefined; // A file that is damaged: the caller says so.
  }
  if (typeof found !== "object" || found === null) return undefined;
  const { id, method, plugin, requestId, state, createdAt, updatedAt, endedAt, error } = found;
  if (![id, method, plugin, requestId].every((each) => typeof each === "string")) return undefined;
  if (state === undefined || !JOB_STATES.includes(state)) return undefined;
  const times = state === "running" ? [createdAt, updatedAt] : [createdAt, updatedAt, endedAt];
  if (!times.every(isTime)) return undefined;
  const explained =
    state === "running" || (state === "done" ? Object.hasOwn(found, "result") : isError(error));
  return explained ? (found as JobRecord) : undefined;
}

const isTime = (time: unknown): boolean => typeof time === "string" && !Number.isNaN(Date.parse(time));

const isError = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  typeof error.code === "string" &&
  "message" in error &&
  typeof error.message === "string";

/** A clock that was put back must not make a job end before it began. */
function notBefore({ updatedAt }: JobRecord, now: number): string {
  const time = new Date(now).toISOString();
  return time < updatedAt ? updatedAt : time;
}
