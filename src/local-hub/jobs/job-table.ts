import { clientIdOf } from "../client-id.ts";
import type { Store } from "../store/store.ts";
import { type DeviceJob, isOver, type Job } from "./job.ts";

/** How long a job is remembered after its end (learn.microsoft.com, "Schedule jobs on multiple devices"). */
const REMEMBERED_MS = 30 * 24 * 60 * 60_000;

/** The hub's jobs and what became of each on each of its devices; every change is kept (see the store). */
export interface JobTable {
  get(jobId: string): Job | undefined;
  /** In the order they were made. */
  list(): Job[];
  put(job: Job): void;
  /** Of one job, or of all. */
  deviceJobs(jobId?: string): Iterable<DeviceJob>;
  putDeviceJob(deviceJob: DeviceJob): void;
  /** All of them, or none. */
  putDeviceJobs(deviceJobs: readonly DeviceJob[]): void;
}

export function createJobTable(options: { store: Store; now: () => number }): JobTable {
  const { store, now } = options;
  const jobTable = store.table<Job>("jobs");
  const deviceJobTable = store.table<DeviceJob>("device-jobs");
  const jobs = new Map(jobTable.kept());
  const byJob = new Map<string, Map<string, DeviceJob>>();
  for (const [, deviceJob] of deviceJobTable.kept()) remember(deviceJob);

  function remember(deviceJob: DeviceJob): void {
    const ofJob = byJob.get(deviceJob.jobId) ?? new Map<string, DeviceJob>();
    byJob.set(deviceJob.jobId, ofJob);
    ofJob.set(clientIdOf(deviceJob), deviceJob);
  }

  function forgetOld(): void {
    const old = [...jobs.values()].filter(
      (job) => isOver(job) && Date.parse(job.endTime ?? job.createdTime) + REMEMBERED_MS < now(),
    );
    if (old.length === 0) return;
    store.together(() => {
      for (const { jobId } of old) {
        jobTable.remove(jobId);
        for (const deviceJob of byJob.get(jobId)?.values() ?? []) deviceJobTable.remove(keyOf(deviceJob));
      }
    });
    for (const { jobId } of old) {
      jobs.delete(jobId);
      byJob.delete(jobId);
    }
  }

  function putDeviceJob(deviceJob: DeviceJob): void {
    const old = byJob.get(deviceJob.jobId)?.get(clientIdOf(deviceJob));
    deviceJobTable.put(keyOf(deviceJob), deviceJob);
    remember(deviceJob);
    store.onUndone(() => old && remember(old));
  }

  return {
    get: (jobId) => jobs.get(jobId),
    list() {
      forgetOld();
      return [...jobs.values()];
    },
    put(job) {
      const { jobId } = job;
      const old = jobs.get(jobId);
      jobTable.put(jobId, job);
      jobs.set(jobId, job);
      store.onUndone(() => (old ? jobs.set(jobId, old) : jobs.delete(jobId)));
    },
    *deviceJobs(jobId) {
      if (jobId !== undefined) yield* byJob.get(jobId)?.values() ?? [];
      else for (const ofJob of byJob.values()) yield* ofJob.values();
    },
    putDeviceJob,
    putDeviceJobs: (deviceJobs) => store.together(() => deviceJobs.forEach(putDeviceJob)),
  };
}

/** No id holds a slash. */
function keyOf(deviceJob: DeviceJob): string {
  return `${deviceJob.jobId}/${clientIdOf(deviceJob)}`;
}
