import type { TwinPatch } from "../twins/twins.ts";

/** What a job does to each of its devices. */
export type JobType = "scheduleDeviceMethod" | "scheduleUpdateTwin";

export type JobStatus = "queued" | "scheduled" | "running" | "completed" | "failed" | "cancelled";

/** What a back end asks for, checked (learn.microsoft.com, "Schedule jobs on multiple devices"). Times are ISO 8601. */
export interface JobDescription {
  jobId: string;
  type: JobType;
  /** What stands behind WHERE in a query of devices, or `FROM devices.modules WHERE …`; `*` for all devices. */
  queryCondition: string;
  startTime: string;
  /** Counted from the start. */
  maxExecutionTimeInSeconds: number;
  /** Of a method job: the body of a direct method call. */
  cloudToDeviceMethod?: Record<string, unknown>;
  /** Of a twin job: the etag that the twins must have, "*" for any, and what to change. */
  updateTwin?: TwinPatch & { etag?: string };
}

/** A job as the hub keeps it. */
export interface Job extends JobDescription {
  createdTime: string;
  status: JobStatus;
  endTime?: string;
  /** Why it failed as a whole; that devices failed is in their own entries. */
  failureReason?: string;
}

export type DeviceJobStatus = "pending" | "running" | "completed" | "failed" | "canceled";

/** What became of a job on one device, as queries over `devices.jobs` show it (learn.microsoft.com, "Queries for IoT Hub jobs"). */
export type DeviceJob = {
  deviceId: string;
  moduleId?: string;
  jobId: string;
  jobType: JobType;
  status: DeviceJobStatus;
  createdDateTimeUtc: string;
  lastUpdatedDateTimeUtc: string;
  startTimeUtc?: string;
  endTimeUtc?: string;
  outcome?: { deviceMethodResponse: { status: number; payload: unknown } | null };
  error?: { code: string; description: string };
};

/** Whether nothing more will come of it. */
export function isOver({ status }: { status: JobStatus | DeviceJobStatus }): boolean {
  return status !== "queued" && status !== "scheduled" && status !== "running" && status !== "pending";
}

/** A job as the service face shows it (learn.microsoft.com, "IoT Hub REST: Jobs - Get Scheduled Job"). */
export function jobDocument(job: Job, deviceJobs: Iterable<DeviceJob>): Record<string, unknown> {
  const { endTime = null, failureReason, cloudToDeviceMethod = null, updateTwin = null, ...rest } = job;
  return {
    ...rest,
    endTime,
    cloudToDeviceMethod,
    updateTwin,
    ...(failureReason === undefined ? {} : { failureReason }),
    deviceJobStatistics: statisticsOf(deviceJobs),
  };
}

function statisticsOf(deviceJobs: Iterable<DeviceJob>): Record<string, number> {
  const counts: Record<DeviceJobStatus, number> = {
    pending: 0,
    running: 0,
    completed: 0,
    failed: 0,
    canceled: 0,
  };
  let deviceCount = 0;
  for (const { status } of deviceJobs) {
    deviceCount += 1;
    counts[status] += 1;
  }
  return {
    deviceCount,
    failedCount: counts.failed + counts.canceled,
    succeededCount: counts.completed,
    runningCount: counts.running,
    pendingCount: counts.pending,
  };
}
