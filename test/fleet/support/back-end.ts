import iothub from "azure-iothub";
import { type LocalHub, leadToHub } from "../../../src/local-hub/index.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

export type Row = Readonly<Record<string, unknown>>;

interface JobDocument {
  readonly status: string;
  readonly failureReason?: string;
  readonly deviceJobStatistics: { readonly deviceCount: number; readonly succeededCount: number };
}

/** What whoever runs a fleet does, with Microsoft's service SDK, unmodified. */
export function createBackEnd(hub: LocalHub) {
  const registry = leadToHub(iothub.Registry.fromConnectionString(hub.serviceConnectionString), hub);
  const jobs = leadToHub(iothub.JobClient.fromConnectionString(hub.serviceConnectionString), hub);
  let count = 0;

  async function over(jobId: string): Promise<JobDocument> {
    let job: JobDocument | undefined;
    await waitUntil(`the job ${jobId} is over`, async () => {
      job = (await jobs.getJob(jobId)).jobStatus as unknown as JobDocument;
      return ["completed", "failed"].includes(job.status);
    });
    if (job === undefined) throw new Error(`no job ${jobId}`);
    return job;
  }

  const nextJob = (): string => {
    count += 1;
    return `job-${count}`;
  };

  return {
    async query(text: string): Promise<readonly Row[]> {
      return (await registry.createQuery(text).next()).result as unknown as Row[];
    },
    /** A job that changes the twins of all that the condition fits. */
    async changeTwins(
      condition: string,
      patch: { readonly tags?: object; readonly properties?: { readonly desired: object } },
    ): Promise<JobDocument> {
      const jobId = nextJob();
      await jobs.scheduleTwinUpdate(jobId, condition, { etag: "*", ...patch } as never, new Date(), 300);
      return over(jobId);
    },
    /** A job that calls a method of all that the condition fits; with what each answered. */
    async callAll(
      condition: string,
      methodName: string,
      payload: unknown = null,
    ): Promise<{ job: JobDocument; answers: readonly Row[] }> {
      const jobId = nextJob();
      const method = { methodName, payload, responseTimeoutInSeconds: 30 };
      await jobs.scheduleDeviceMethod(jobId, condition, method as never, new Date(), 300);
      const job = await over(jobId);
      const answers = await registry
        .createQuery(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`)
        .next();
      return { job, answers: answers.result as unknown as Row[] };
    },
  };
}
