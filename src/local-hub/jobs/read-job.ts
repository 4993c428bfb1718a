import { HubError } from "../hub-error.ts";
import type { TwinPatch } from "../twins/twins.ts";
import { isWritable } from "../writable-json.ts";
import type { JobDescription, JobType } from "./job.ts";

/** Learn.microsoft.com, "Schedule jobs on multiple devices": of the id, and that jobs are kept for thirty days. */
const ID = /^[A-Za-z0-9-]{1,64}$/;
/** The default of `azure-iothub` (job_client.js). */
const LONGEST_SECONDS = 3600;
const MOST_SECONDS = 30 * 24 * 3600;

/** Reads the body of a request for a job. `now` is when one that names no start begins. @throws HubError ArgumentInvalid */
export function readJob(
  document: Record<string, unknown>,
  { jobId, now }: { jobId: string; now: number },
): JobDescription {
  if (!ID.test(jobId)) throw invalid("a job id is 1 to 64 letters, digits and dashes");
  if ((document.jobId ?? jobId) !== jobId) throw invalid("the job id of the body is not that of the path");
  const type = typeOf(document);
  return {
    jobId,
    type,
    queryCondition: conditionOf(document),
    startTime: startOf(document, now),
    maxExecutionTimeInSeconds: secondsOf(document),
    ...(type === "scheduleDeviceMethod"
      ? { cloudToDeviceMethod: objectAt(document, "cloudToDeviceMethod") }
      : { updateTwin: objectAt(document, "updateTwin") as TwinPatch & { etag?: string } }),
  };
}

function typeOf({ type }: Record<string, unknown>): JobType {
  if (type === "scheduleDeviceMethod" || type === "scheduleUpdateTwin") return type;
  throw invalid("the type of a job is scheduleDeviceMethod or scheduleUpdateTwin");
}

function conditionOf({ queryCondition }: Record<string, unknown>): string {
  if (typeof queryCondition === "string" && queryCondition.trim() !== "") return queryCondition;
  throw invalid("queryCondition is text: what stands behind WHERE in a query, or * for all devices");
}

function startOf({ startTime }: Record<string, unknown>, now: number): string {
  if (startTime === undefined || startTime === null || startTime === "") return new Date(now).toISOString();
  const time = typeof startTime === "string" ? Date.parse(startTime) : Number.NaN;
  if (Number.isNaN(time)) throw invalid("startTime is a time of ISO 8601, such as 2026-11-30T08:00:00Z");
  return new Date(time).toISOString();
}

function secondsOf({ maxExecutionTimeInSeconds: seconds }: Record<string, unknown>): number {
  // The C# SDK writes 0 for what it was not given.
  if (seconds === undefined || seconds === null || seconds === 0) return LONGEST_SECONDS;
  const whole = typeof seconds === "number" && Number.isInteger(seconds);
  if (whole && seconds > 0 && seconds <= MOST_SECONDS) return seconds;
  throw invalid(`maxExecutionTimeInSeconds is a whole number from 1 to ${MOST_SECONDS}`);
}

function objectAt(document: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = document[name];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    if (!isWritable(value)) throw invalid(`${name} is nested too deeply`);
    return value as Record<string, unknown>;
  }
  throw invalid(`${name} is missing, or no object`);
}

function invalid(message: string): HubError {
  return new HubError("ArgumentInvalid", message);
}
