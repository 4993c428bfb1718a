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
    /** An automatic configuration; `taken` of its metrics counts those that acknowledged the property with 200. */
    async configure(
      id: string,
      given: { readonly condition: string; readonly name: string; readonly value: unknown },
    ) {
      const { condition: targetCondition, name, value } = given;
      const taken = `SELECT deviceId FROM devices WHERE configurations.[[${id}]].status = 'Applied' AND properties.reported.${name}.ac = 200`;
      await registry.addConfiguration({
        id,
        schemaVersion: "1.0",
        targetCondition,
        priority: 10,
        content: { deviceContent: { [`properties.desired.${name}`]: value } },
        metrics: { queries: { taken } },
      } as never);
    },
    async metricsOf(id: string) {
      const { systemMetrics, metrics } = (await registry.getConfiguration(id)).responseBody;
      return { ...systemMetrics?.results, ...metrics?.results };
    },
    removeConfiguration: (id: string) => registry.removeConfiguration(id),
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
