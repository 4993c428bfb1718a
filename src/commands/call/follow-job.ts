import { SECOND } from "../../durations.ts";
import { type ErrorCode, HubhandError } from "../../errors.ts";
import { type HubJob, interrupted, isOver, type ServiceClient } from "../../service/index.ts";
import type { VerbIo } from "../back-end/verb-io.ts";
import type { ProgressLine } from "../terminal/progress-line.ts";
import { howToGoOn, progressOf, staleProgressOf } from "./job-words.ts";

export interface JobWatch {
  readonly client: ServiceClient;
  readonly io: VerbIo;
  /** What the client has to tell stands on lines of its own if it goes through this. */
  readonly progress: ProgressLine;
  readonly signal: AbortSignal;
  readonly json: boolean;
  /** Milliseconds for which a hub that is away while a job runs is asked again. */
  readonly retryForMs: number;
}

/** Between two looks at a job: at first often, as most are over soon. The hub takes 100 a minute and unit. */
const FIRST_LOOK_MS = SECOND / 2;
const LAST_LOOK_MS = 5 * SECOND;
const SLOWING = 1.5;

/**
 * Looks at a job until it is over, and shows how far it has come.
 * @throws HubhandError INTERRUPTED that says how to go on; what `getJob` rejects with
 */
export async function followJob(first: HubJob, watch: JobWatch): Promise<HubJob> {
  const { io, progress, signal, json } = watch;
  let job = first;
  let pause = FIRST_LOOK_MS;
  try {
    while (!isOver(job)) {
      if (!json) progress.show(progressOf(job));
      const seenAt = io.wallClock();
      await io.sleep(pause, signal);
      pause = Math.min(LAST_LOOK_MS, pause * SLOWING);
      job = await look({ job, seenAt }, watch);
    }
    if (!json && job.devices.all > 0) progress.show(progressOf(job));
    return job;
  } catch (error) {
    throw whileJobGoesOn(error, job.jobId);
  } finally {
    progress.clear();
  }
}

/** The hub has told of the job already: one that it does not know is one that it does not show yet. */
const AWAY: readonly ErrorCode[] = ["HUB_UNREACHABLE", "HUB_FAULT", "HUB_JOB_UNKNOWN"];

/** To look does no harm, so a hub that is away for a moment is asked again. */
async function look(
  { job, seenAt }: { readonly job: HubJob; readonly seenAt: number },
  { client, io, progress, signal, json, retryForMs }: JobWatch,
): Promise<HubJob> {
  const giveUpAt = io.now() + retryForMs;
  for (let isTold = json; ; isTold = true) {
    if (signal.aborted) throw interrupted();
    try {
      return await client.getJob(job.jobId);
    } catch (error) {
      const isAway = error instanceof HubhandError && AWAY.includes(error.code);
      if (!isAway || io.now() + LAST_LOOK_MS > giveUpAt) throw error;
      if (!isTold) progress.tell(`${error.message} Looking again …\n`);
      if (!json) progress.show(staleProgressOf(job, seenAt));
      await io.sleep(LAST_LOOK_MS, signal);
    }
  }
}

/** An error that ends our looking, and not the job: it says how to go on. */
export function whileJobGoesOn(error: unknown, jobId: string): unknown {
  if (!(error instanceof HubhandError)) return error;
  const message = `${error.message} ${howToGoOn(jobId)}`;
  return new HubhandError(error.code, message, { details: error.details, cause: error.cause });
}
