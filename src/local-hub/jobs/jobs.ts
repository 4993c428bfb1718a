import { messageOf } from "../../errors.ts";
import { setAlarm } from "../alarm.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import type { Store } from "../store/store.ts";
import { type DeviceJob, isOver, type Job, type JobDescription, type JobStatus, jobDocument } from "./job.ts";
import { createJobTable } from "./job-table.ts";
import { type JobSurroundings, runJob } from "./run-job.ts";

/** The hub's scheduled jobs. */
export interface Jobs {
  /** It starts at its time, or at once if that is over. @throws HubError JobAlreadyExists, ThrottlingMaxActiveJobCountExceeded */
  create(description: JobDescription): Record<string, unknown>;
  /** As the service face shows it, with its progress. @throws HubError JobNotFound */
  get(jobId: string): Record<string, unknown>;
  /** One that is over stays as it is. @throws HubError JobNotFound */
  cancel(jobId: string): Record<string, unknown>;
  /** In the order they were made. */
  list(): Array<Record<string, unknown>>;
  /** What queries over `devices.jobs` run over. */
  deviceJobs(): Iterable<DeviceJob>;
  /** Takes up those that the hub before this one left. */
  resume(): void;
  /** Nothing starts or goes on after it; with a data folder the next hub takes them up. */
  close(): void;
}

export interface JobsOptions extends Omit<JobSurroundings, "table"> {
  readonly store: Store;
  readonly log: LogEvent;
  /** How many may be under way; one more is refused. Those for later do not count until they begin. */
  readonly atOnce: number;
}

export function createJobs(options: JobsOptions): Jobs {
  const { store, log, now, atOnce } = options;
  const table = createJobTable({ store, now });
  /** Ends the wait, or the run, of each job that is not over. */
  const active = new Map<string, AbortController>();
  let closed = false;

  function change(job: Job, to: Partial<Job> & { status: JobStatus }): Job {
    const changed = { ...job, ...to };
    table.put(changed);
    log({ event: "job-changed", jobId: job.jobId, type: job.type, status: to.status });
    return changed;
  }

  function end(job: Job, to: Partial<Job> & { status: JobStatus }): void {
    active.delete(job.jobId);
    change(job, { ...to, endTime: new Date(now()).toISOString() });
  }

  function schedule(job: Job): void {
    const ended = new AbortController();
    active.set(job.jobId, ended);
    store.onUndone(() => {
      ended.abort();
      active.delete(job.jobId);
    });
    const startAt = Date.parse(job.startTime);
    at(startAt, ended.signal, () => {
      const running = job.status === "running" ? job : change(job, { status: "running" });
      run(running, ended).catch(failed);
    });
    if (startAt > now() && job.status === "queued") change(job, { status: "scheduled" });
  }

  /** What is not kept, be it that the disk is full, is taken up again when the hub is started the next time. */
  function failed(error: unknown): void {
    log({ event: "fault", reason: messageOf(error) });
  }

  async function run(job: Job, ended: AbortController): Promise<void> {
    let failureReason: string | undefined;
    at(Date.parse(job.startTime) + job.maxExecutionTimeInSeconds * 1000, ended.signal, () => {
      failureReason = "it was not through within its maxExecutionTimeInSeconds";
      ended.abort();
    });
    try {
      await runJob(job, ended.signal, { ...options, table });
    } catch (error) {
      failureReason ??= messageOf(error);
    }
    if (closed || table.get(job.jobId)?.status === "cancelled") return;
    ended.abort();
    store.together(() => {
      if (failureReason !== undefined) giveUp(job, "failed", failureReason);
      // As the service has it, one that every device failed is through all the same; the statistics tell.
      end(job, failureReason === undefined ? { status: "completed" } : { status: "failed", failureReason });
    });
  }

  /** What had no end on its devices has one now. */
  function giveUp(job: Job, status: "failed" | "canceled", description: string): void {
    const endTimeUtc = new Date(now()).toISOString();
    for (const entry of [...table.deviceJobs(job.jobId)]) {
      if (isOver(entry)) continue;
      const error = { code: status === "failed" ? "JobFailed" : "JobCancelled", description };
      table.putDeviceJob({ ...entry, status, error, endTimeUtc, lastUpdatedDateTimeUtc: endTimeUtc });
    }
  }

  function at(time: number, signal: AbortSignal, act: () => void): void {
    const cancel = setAlarm({
      time,
      now,
      ring() {
        signal.removeEventListener("abort", cancel);
        try {
          act();
        } catch (error) {
          failed(error);
        }
      },
    });
    signal.addEventListener("abort", cancel, { once: true });
  }

  function existing(jobId: string): Job {
    const job = table.get(jobId);
    if (job === undefined) throw new HubError("JobNotFound", jobId);
    return job;
  }

  const show = (job: Job) => jobDocument(job, table.deviceJobs(job.jobId));

  /** A method that was under way when the hub went may have run: it is not called again. */
  function takeUp(job: Job): void {
    if (job.type === "scheduleDeviceMethod") {
      for (const entry of [...table.deviceJobs(job.jobId)]) {
        const error = { code: "ServerError", description: "the hub went while the method was under way" };
        if (entry.status === "running") table.putDeviceJob({ ...entry, status: "failed", error });
      }
    }
    schedule(job);
  }

  return {
    create(description) {
      const { jobId } = description;
      if (table.get(jobId) !== undefined) throw new HubError("JobAlreadyExists", jobId);
      const underWay = table.list().filter(({ status }) => status === "queued" || status === "running");
      if (underWay.length >= atOnce) {
        throw new HubError(
          "ThrottlingMaxActiveJobCountExceeded",
          "as many jobs as this tier allows are under way",
        );
      }
      const job = { ...description, createdTime: new Date(now()).toISOString(), status: "queued" } as const;
      store.together(() => {
        change(job, { status: "queued" });
        schedule(job);
      });
      return show(job);
    },
    get: (jobId) => show(existing(jobId)),
    cancel(jobId) {
      const job = existing(jobId);
      if (!isOver(job)) {
        const ended = active.get(jobId);
        store.together(() => {
          end(job, { status: "cancelled" });
          store.onUndone(() => ended && active.set(jobId, ended));
          giveUp(job, "canceled", "the job was cancelled");
        });
        ended?.abort();
      }
      return show(existing(jobId));
    },
    list: () => table.list().map(show),
    deviceJobs: () => table.deviceJobs(),
    resume() {
      for (const job of table.list()) if (!isOver(job) && !active.has(job.jobId)) takeUp(job);
    },
    close() {
      closed = true;
      for (const ended of active.values()) ended.abort();
      active.clear();
    },
  };
}
