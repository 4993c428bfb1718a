import iothub from "azure-iothub";
import { versionQueryString } from "azure-iothub/dist/version.js";
import { HubhandError } from "../errors.ts";
import { CONNECT_TIMEOUT_SECONDS, RESPONSE_TIMEOUT_SECONDS } from "./limits.ts";
import { checkPayload } from "./payload.ts";
import type { SdkParts, SendRequest } from "./requests.ts";

/** A direct method for many devices, which the hub calls one after the other. */
export interface MethodJob {
  /** Of the caller's choice, so that it is known even if the answer is lost. */
  readonly jobId: string;
  /** What stands behind WHERE in a query of devices; `*` for all of them. */
  readonly condition: string;
  readonly methodName: string;
  readonly payload: unknown;
  /** How long each device may take, from 5 to 300; 30 if absent. */
  readonly responseTimeoutSeconds?: number | undefined;
  /** How long the hub waits for each that is not online, from 0 to 300; 0 if absent. */
  readonly connectTimeoutSeconds?: number | undefined;
  /** At once if absent. */
  readonly startAt?: Date | undefined;
  /** From its start; then the hub gives it up. */
  readonly maxExecutionSeconds: number;
}

/** A job as the hub tells of it. */
export interface HubJob {
  readonly jobId: string;
  /** `scheduleDeviceMethod`, `scheduleUpdateTwin` … */
  readonly type: string;
  /** `queued`, `scheduled`, `running`, `completed`, `failed`, `cancelled` … */
  readonly status: string;
  /** ISO 8601. */
  readonly startTime?: string;
  readonly condition?: string;
  readonly methodName?: string;
  /** Why it failed as a whole. */
  readonly failureReason?: string;
  readonly devices: JobFigures;
}

/** How many devices a job is for, and how far it has come; 0 until the hub has counted. */
export interface JobFigures {
  readonly all: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly running: number;
  readonly pending: number;
}

/** Where the hub's own jobs end (the SDK's list has `finished`, the REST API's `completed`). */
const OVER: readonly string[] = ["completed", "finished", "failed", "cancelled", "canceled"];

/** Whether nothing more will come of it. */
export const isOver = ({ status }: HubJob): boolean => OVER.includes(status);

export interface JobRequests {
  readonly send: SendRequest;
  readonly answerMs: number;
}

/** @throws HubhandError CALL_INVALID if it cannot be sent as it is; else as `send` */
export async function createMethodJob(job: MethodJob, { send, answerMs }: JobRequests): Promise<HubJob> {
  const { jobId, condition, methodName, payload, startAt, maxExecutionSeconds } = job;
  if (methodName === "") throw new HubhandError("CALL_INVALID", "The method name is empty.");
  checkPayload(payload);
  const path = `/jobs/v2/${encodeURIComponent(jobId)}${versionQueryString()}`;
  const document = {
    jobId,
    type: "scheduleDeviceMethod",
    cloudToDeviceMethod: {
      methodName,
      payload,
      responseTimeoutInSeconds: job.responseTimeoutSeconds ?? RESPONSE_TIMEOUT_SECONDS.default,
      connectTimeoutInSeconds: job.connectTimeoutSeconds ?? CONNECT_TIMEOUT_SECONDS.default,
    },
    queryCondition: condition,
    startTime: startAt?.toISOString() ?? null,
    maxExecutionTimeInSeconds: maxExecutionSeconds,
  };
  const afterwards = `the hub may have made the job: --resume ${jobId} tells`;
  const subject = { ...subjectOf(jobId), afterwards };
  return await send({ ...subject, answerMs }, async ({ rest }) => readJob(await put(rest, path, document)));
}

/** @throws as `send`: HUB_JOB_UNKNOWN … */
export const getJob = (jobId: string, { send, answerMs }: JobRequests): Promise<HubJob> =>
  send({ ...subjectOf(jobId), answerMs }, async ({ rest }) => {
    // The SDK puts the id into the path as it is.
    const { jobStatus } = await new iothub.JobClient(rest).getJob(encodeURIComponent(jobId));
    return readJob(jobStatus);
  });

/** Ends a job: devices that had no turn yet get none. @throws as `send` */
export const cancelJob = (jobId: string, { send, answerMs }: JobRequests): Promise<HubJob> =>
  send({ ...subjectOf(jobId), answerMs }, async ({ rest }) => {
    const { jobStatus } = await new iothub.JobClient(rest).cancelJob(encodeURIComponent(jobId));
    return readJob(jobStatus);
  });

const subjectOf = (jobId: string) => ({ purpose: "job", target: `job ${JSON.stringify(jobId)}` }) as const;

/** `JobClient.scheduleDeviceMethod` makes null of 0, false and "", and knows no connect time-out (1.16.6, job_client.js). */
function put(rest: SdkParts["rest"], path: string, document: object): Promise<unknown> {
  const headers = { "Content-Type": "application/json; charset=utf-8" };
  return new Promise((resolve, reject) => {
    rest.executeApiCall("PUT", path, headers, document, (error: Error | null, body: unknown) =>
      error ? reject(error) : resolve(body),
    );
  });
}

/** Whatever the hub leaves out or writes as null is left out; what is no job at all is not from a hub. */
function readJob(found: unknown): HubJob {
  const job = recordOf(found);
  const { jobId, status, type } = job;
  if (typeof jobId !== "string" || typeof status !== "string") throw new TypeError("the answer is no job");
  const { methodName } = recordOf(job.cloudToDeviceMethod);
  return {
    jobId,
    type: typeof type === "string" ? type : "unknown",
    status: status.toLowerCase(),
    ...textAt("startTime", job.startTime),
    ...textAt("condition", job.queryCondition),
    ...textAt("methodName", methodName),
    ...textAt("failureReason", job.failureReason),
    devices: readFigures(recordOf(job.deviceJobStatistics)),
  };
}

function readFigures(found: Readonly<Record<string, unknown>>): JobFigures {
  const count = (name: string) => (typeof found[name] === "number" ? found[name] : 0);
  return {
    all: count("deviceCount"),
    succeeded: count("succeededCount"),
    failed: count("failedCount"),
    running: count("runningCount"),
    pending: count("pendingCount"),
  };
}

const textAt = <Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } =>
  typeof value === "string" && value !== "" ? ({ [name]: value } as { [Key in Name]: string }) : {};

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
