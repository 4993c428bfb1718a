import { clientIdOf, type Who } from "../client-id.ts";
import { HubError } from "../hub-error.ts";
import { parseCondition, parseQuery, type QueryDocument, type QuerySources } from "../queries/query.ts";
import type { Twins } from "../twins/twins.ts";
import { type DeviceJob, isOver, type Job } from "./job.ts";
import type { JobTable } from "./job-table.ts";

/** How a direct method call of a job ended. */
export type CallOutcome =
  | { kind: "answered"; status: number; payload: unknown }
  | { kind: "failed"; code: string; description: string };

/** Calls a direct method; `document` is the body of the call. Never rejects. */
export type CallMethod = (
  who: Who,
  call: { document: Record<string, unknown>; signal: AbortSignal },
) => Promise<CallOutcome>;

export interface JobSurroundings {
  table: JobTable;
  twins: Pick<Twins, "patch">;
  sources: QuerySources;
  callMethod: CallMethod;
  /** Waits until one more device may have its turn; at once if absent. */
  room?: (signal: AbortSignal) => Promise<void>;
  now: () => number;
}

/** How many devices a job turns to at once; the service does not say its own number. */
const AT_ONCE = 100;

/**
 * Turns to every device of the job that had no turn yet, and returns once each had it, or the signal came. Which devices
 * those are is decided when it first runs. @throws HubError ArgumentInvalid if its condition cannot be read
 */
export async function runJob(job: Job, signal: AbortSignal, options: JobSurroundings): Promise<void> {
  const { table, now, room = async () => {} } = options;
  const known = [...table.deviceJobs(job.jobId)];
  const entries = known.length > 0 ? known : targetsOf(job, options).map((who) => entryOf(job, who, now()));
  // In one piece: a hub that is killed in the middle would take those that it kept for all.
  if (known.length === 0) table.putDeviceJobs(entries);
  const waiting = entries.filter((entry) => !isOver(entry)).values();
  const worker = async () => {
    for (const entry of waiting) {
      await room(signal);
      if (signal.aborted) return;
      await turnTo(entry, { job, signal, ...options });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function targetsOf({ queryCondition }: Job, { sources }: JobSurroundings): Who[] {
  // The one form in which jobs are seen to reach modules (Azure/iotedge issue 2958).
  if (/^\s*FROM\s/i.test(queryCondition)) {
    return parseQuery(`SELECT * ${queryCondition}`).run(sources).map(whoIn);
  }
  const fits = parseCondition(queryCondition);
  return [...sources.devices()].filter(fits).map(whoIn);
}

function whoIn(document: unknown): Who {
  const { deviceId, moduleId } = document as QueryDocument as unknown as Who;
  return moduleId === undefined ? { deviceId } : { deviceId, moduleId };
}

function entryOf({ jobId, type }: Job, who: Who, now: number): DeviceJob {
  const time = new Date(now).toISOString();
  return {
    ...who,
    jobId,
    jobType: type,
    status: "pending",
    createdDateTimeUtc: time,
    lastUpdatedDateTimeUtc: time,
  };
}

async function turnTo(
  entry: DeviceJob,
  options: JobSurroundings & { job: Job; signal: AbortSignal },
): Promise<void> {
  const { job, signal, table, now } = options;
  const time = () => new Date(now()).toISOString();
  const startTimeUtc = time();
  const running: DeviceJob = {
    ...entry,
    status: "running",
    startTimeUtc,
    lastUpdatedDateTimeUtc: startTimeUtc,
  };
  table.putDeviceJob(running);
  const ending =
    job.type === "scheduleUpdateTwin" ? updateTwin(running, options) : await call(running, options);
  // Cancelled meanwhile: what the entry says then is said by whoever cancelled it.
  if (signal.aborted) return;
  table.putDeviceJob({ ...running, ...ending, endTimeUtc: time(), lastUpdatedDateTimeUtc: time() });
}

type Ending = Pick<DeviceJob, "status" | "outcome" | "error">;

async function call(
  entry: DeviceJob,
  { job, signal, callMethod }: JobSurroundings & { job: Job; signal: AbortSignal },
): Promise<Ending> {
  const outcome = await callMethod(entry, { document: job.cloudToDeviceMethod ?? {}, signal });
  if (outcome.kind === "failed") return failed(outcome.code, outcome.description);
  const { status, payload } = outcome;
  return { status: "completed", outcome: { deviceMethodResponse: { status, payload } } };
}

function updateTwin(entry: DeviceJob, { job, twins }: JobSurroundings & { job: Job }): Ending {
  const { etag = "*", tags, properties } = job.updateTwin ?? {};
  const desired = properties?.desired;
  const patch = {
    ...(tags === undefined ? {} : { tags }),
    ...(desired === undefined ? {} : { properties: { desired } }),
  };
  try {
    twins.patch(clientIdOf(entry), patch, { ifMatch: etag });
    return { status: "completed", outcome: { deviceMethodResponse: null } };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return failed(error.code, error.message);
  }
}

function failed(code: string, description: string): Ending {
  return { status: "failed", error: { code, description } };
}
