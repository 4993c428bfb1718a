import { SECOND } from "../../durations.ts";
import { HubhandError } from "../../errors.ts";
import {
  type HubJob,
  interrupted,
  isOver,
  type JobResult,
  jobResultsQuery,
  readJobResult,
} from "../../service/index.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";
import { createTable } from "../terminal/table.ts";
import { DEVICE_SAID_NO } from "./exit-codes.ts";
import { type JobWatch, whileJobGoesOn } from "./follow-job.ts";
import { createTally, jobLine, nameOf, RESULT_HEADS, resultCells } from "./job-words.ts";

/** The hub's index of jobs may be behind a job that is over ("Query results can have a few minutes of delay"). */
const SETTLE_MS = 30 * SECOND;
const READ_AGAIN_MS = 3 * SECOND;

/**
 * Prints what became of a job that is over on each of its devices, as it is read, and what it comes to.
 * @throws HubhandError HUB_JOB_FAILED if the hub gave up the whole, QUERY_EMPTY if it was for nobody; what a query rejects
 * with
 */
export async function printResults(job: HubJob, watch: JobWatch): Promise<void> {
  const { io, json } = watch;
  const tally = createTally();
  const table = createTable(RESULT_HEADS);
  try {
    for await (const results of settledResults(job, watch)) {
      for (const result of results) tally.add(result);
      if (json) io.write(results.map((result) => `${safeJson(result)}\n`).join(""));
      else io.write(table.rows(results.map(resultCells)));
    }
  } catch (error) {
    throw whileJobGoesOn(error, job.jobId);
  }
  const untold = Math.max(0, job.devices.all - tally.all);
  if (json) io.write(`${safeJson({ ...jobLine(job), results: { ...tally.counts(), untold } })}\n`);
  else io.write(`${tally.all === 0 ? "" : "\n"}${summary(job, tally.words(), { all: tally.all, untold })}\n`);
  if (job.status === "failed") {
    const why = safeText(job.failureReason ?? "it does not say why");
    throw new HubhandError("HUB_JOB_FAILED", `The hub gave up the job ${job.jobId}: ${why}.`);
  }
  if (job.status === "completed" && tally.all + untold === 0) {
    const whom = job.condition === undefined ? "its query" : JSON.stringify(job.condition);
    throw new HubhandError(
      "QUERY_EMPTY",
      `Nothing fitted ${whom} when the job began, so nothing was called.`,
    );
  }
  if (!tally.isGood || untold > 0) io.setExitCode(DEVICE_SAID_NO);
}

function summary(job: HubJob, words: string, { all, untold }: { all: number; untold: number }): string {
  const state = job.status === "completed" ? "" : `, ${safeText(job.status)}`;
  const devices = all === 1 ? "1 device" : `${all} devices`;
  const missing =
    untold === 0 ? "" : `; of ${untold} more the hub tells nothing yet: hubhand call --resume ${job.jobId}`;
  return `Job ${job.jobId}${state}: ${devices}, ${words}${missing}`;
}

/** Each device once, those first of which the hub tells an end; the rest after a while as it then is. */
async function* settledResults(job: HubJob, watch: JobWatch): AsyncGenerator<readonly JobResult[]> {
  const { client, io, signal } = watch;
  const told = new Set<string>();
  const giveUpAt = io.now() + SETTLE_MS;
  for (;;) {
    const isLast = !isOver(job) || io.now() + READ_AGAIN_MS > giveUpAt;
    let open = 0;
    for await (const rows of client.query(jobResultsQuery(job.jobId))) {
      const fresh = rows
        .flatMap((row) => readJobResult(row) ?? [])
        .filter((result) => !told.has(nameOf(result)));
      const settled = fresh.filter(({ outcome }) => isLast || outcome !== "open");
      open += fresh.length - settled.length;
      for (const result of settled) told.add(nameOf(result));
      if (settled.length > 0) yield settled;
    }
    if (isLast || (open === 0 && told.size >= job.devices.all)) return;
    await io.sleep(READ_AGAIN_MS, signal);
    if (signal.aborted) throw interrupted();
  }
}
