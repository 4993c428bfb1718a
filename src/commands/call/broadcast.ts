import { HubhandError } from "../../errors.ts";
import { devicesQuery, isOver, type MethodJob, type ServiceClient } from "../../service/index.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";
import { followJob, type JobWatch } from "./follow-job.ts";
import { printResults } from "./job-results.ts";
import { howToGoOn, jobLine } from "./job-words.ts";

/**
 * Has the hub call a method on all devices that fit, and tells what became of it. It waits for the end, unless the job
 * is for later or nobody wants to wait.
 * @throws HubhandError QUERY_EMPTY if no device fits now; else as the client
 */
export async function broadcast(
  job: MethodJob,
  { wait, ...watch }: JobWatch & { readonly wait: boolean },
): Promise<void> {
  const { client, io, json } = watch;
  const isLater = job.startAt !== undefined && job.startAt.getTime() > io.wallClock();
  const count = await countDevices(job.condition, client);
  if (count === 0 && !isLater) {
    throw new HubhandError(
      "QUERY_EMPTY",
      `No device fits ${JSON.stringify(job.condition)}, so nothing was called. What was changed in the last minutes may not be found yet.`,
    );
  }
  const whom = count === undefined ? "" : ` on ${count} ${count === 1 ? "device" : "devices"}`;
  if (!json)
    io.writeError(`Job ${job.jobId}: ${safeText(`${job.methodName}${whom}, for ${job.condition}`)}\n`);
  const made = await client.createMethodJob(job);
  if (json) io.write(`${safeJson(jobLine(made))}\n`);
  if (wait && !isLater) return await printResults(await followJob(made, watch), watch);
  if (!json) {
    const when = isLater ? `It starts at ${job.startAt?.toISOString()}. ` : "";
    io.writeError(`${when}${howToGoOn(job.jobId)}\n`);
    io.write(`${made.jobId}\n`);
  }
}

/** Waits for the end of a job that there is, and tells what became of it. */
export async function finishJob(jobId: string, watch: JobWatch): Promise<void> {
  const { client, io, json } = watch;
  const job = await client.getJob(jobId);
  if (!json && !isOver(job))
    io.writeError(`Job ${jobId}: ${safeText(`${job.methodName ?? job.type}, ${job.status}`)}\n`);
  await printResults(await followJob(job, watch), watch);
}

/** Ends a job, and tells what became of it until then. */
export async function cancelJob(jobId: string, watch: JobWatch): Promise<void> {
  const { client, io, json } = watch;
  const job = await client.cancelJob(jobId);
  if (!json) io.writeError(`Job ${jobId}: ${safeText(job.status)}\n`);
  await printResults(job, watch);
}

/**
 * How many devices a condition fits now. It costs a query, and a condition that cannot be read is refused with the
 * hub's words before there is a job; so is one that fits nobody. Undefined for a condition on modules (`FROM …`), of
 * which the hub does not count.
 */
async function countDevices(condition: string, client: ServiceClient): Promise<number | undefined> {
  if (/^\s*FROM\s/i.test(condition)) return undefined;
  for await (const [row] of client.query(devicesQuery("COUNT() AS numberOfDevices", condition))) {
    if (row !== undefined) return typeof row.numberOfDevices === "number" ? row.numberOfDevices : undefined;
  }
  // Of nothing there may be no row to count.
  return 0;
}
