import { cut } from "../../cut.ts";
import { HubhandError } from "../../errors.ts";
import type { HubJob, JobFigures, JobResult } from "../../service/index.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";

/** As much of an answer as a line of the table shows; `--json` has it whole. */
const SHOWN = 80;

export const RESULT_HEADS = ["DEVICE", "STATUS", "ANSWER"] as const;

/** A device's line of the table. */
export function resultCells(result: JobResult): readonly string[] {
  const { outcome, status, error } = result;
  const name = safeText(nameOf(result));
  const why = error === undefined ? "" : `${error.code}: ${error.description}`;
  if (outcome === "answered") {
    return [
      name,
      String(status ?? "-"),
      status === undefined ? "done" : cut(safeJson(result.payload), SHOWN),
    ];
  }
  return [name, "-", cut(safeText(why === "" ? outcome : why), 2 * SHOWN)];
}

/** A device, or a module behind a slash. */
export const nameOf = ({ deviceId, moduleId }: Pick<JobResult, "deviceId" | "moduleId">): string =>
  moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;

/** What became of the devices of a job; they come one by one. */
export interface Tally {
  add(result: JobResult): void;
  /** How many were added. */
  readonly all: number;
  /** Whether every one answered, with a status below 400. */
  readonly isGood: boolean;
  /** `3 answered (2 × 200, 1 × 500), 1 DeviceNotOnline`. */
  words(): string;
  /** For `--json`. */
  counts(): { answered: number; refused: number; failed: number; cancelled: number; open: number };
}

export function createTally(): Tally {
  const counts = { answered: 0, refused: 0, failed: 0, cancelled: 0, open: 0 };
  const statuses = new Map<string, number>();
  const reasons = new Map<string, number>();
  let all = 0;
  return {
    add({ outcome, status, error }) {
      all += 1;
      counts[outcome] += 1;
      if (outcome === "answered" && status !== undefined) {
        if (status >= 400) counts.refused += 1;
        count(statuses, String(status));
      } else if (outcome !== "answered") {
        count(reasons, outcome === "failed" ? safeText(error?.code ?? outcome) : outcome);
      }
    },
    get all() {
      return all;
    },
    get isGood() {
      return counts.answered === all && counts.refused === 0;
    },
    words() {
      const detail = [...statuses].map(([status, times]) => `${times} × ${status}`).join(", ");
      const answered = `${counts.answered} answered${detail === "" ? "" : ` (${detail})`}`;
      return [answered, ...[...reasons].map(([reason, times]) => `${times} ${reason}`)].join(", ");
    },
    counts: () => ({ ...counts }),
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** How far a job has come, for the progress line. */
export function progressOf({ status, devices }: HubJob): { done: number; all: number; words: string } {
  const { all, succeeded, failed, running } = devices;
  const words = [
    ...(status === "running" ? [] : [safeText(status)]),
    ...(running > 0 ? [`${running} under way`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return { done: succeeded + failed, all, words: words.join(", ") };
}

/** The same while the hub does not answer. @param seenAt when it last did, in milliseconds since 1970 */
export function staleProgressOf(job: HubJob, seenAt: number): ReturnType<typeof progressOf> {
  const known = progressOf(job);
  const stale = `no news since ${new Date(seenAt).toISOString().slice(11, 19)} UTC`;
  return { ...known, words: known.words === "" ? stale : `${known.words}; ${stale}` };
}

/** A job for `--json`. */
export const jobLine = ({ jobId, status, startTime, devices }: HubJob): object => ({
  job: {
    jobId,
    status,
    ...(startTime === undefined ? {} : { startTime }),
    devices: devices satisfies JobFigures,
  },
});

/** What to type next, where a job goes on without us. */
export const howToGoOn = (jobId: string): string =>
  `The job goes on in the hub. To look at it: hubhand call --resume ${jobId}; to end it: hubhand call --cancel ${jobId}`;

/** An id as the hub takes it; any other would be another path of its. @throws HubhandError CALL_INVALID */
export function checkJobId(flag: string, jobId: string): void {
  if (/^[\w.:%+*?!(),=@;$'#-]{1,64}$/.test(jobId)) return;
  throw new HubhandError(
    "CALL_INVALID",
    `${flag} is ${JSON.stringify(jobId)}; a job's id has 1 to 64 letters, digits and signs such as "-".`,
  );
}
