import { quoted, type Row } from "./query.ts";

/** What became of a job on one device or module. */
export interface JobResult {
  readonly deviceId: string;
  readonly moduleId?: string;
  /** `answered`: the device did, with `status` and `payload`; `failed` and `cancelled`: `error` says why; `open`: not yet. */
  readonly outcome: "answered" | "failed" | "cancelled" | "open";
  readonly status?: number;
  readonly payload?: unknown;
  readonly error?: { readonly code: string; readonly description: string };
}

/** The query for all that is told of a job's devices (learn.microsoft.com, "Queries for IoT Hub jobs"). */
export const jobResultsQuery = (jobId: string): string =>
  `SELECT * FROM devices.jobs WHERE devices.jobs.jobId = ${quoted(jobId)}`;

/** Reads a row of that query; undefined if it names no device. */
export function readJobResult(row: Row): JobResult | undefined {
  const { deviceId, moduleId, status: state, outcome, error } = row;
  if (typeof deviceId !== "string") return undefined;
  const who = { deviceId, ...(typeof moduleId === "string" && moduleId !== "" ? { moduleId } : {}) };
  const reply = (outcome as { deviceMethodResponse?: { status?: unknown; payload?: unknown } } | null)
    ?.deviceMethodResponse;
  if (typeof reply?.status === "number") {
    return { ...who, outcome: "answered", status: reply.status, payload: reply.payload ?? null };
  }
  const word = typeof state === "string" ? state.toLowerCase() : "";
  const why = readError(error);
  if (word === "failed") return { ...who, outcome: "failed", error: why ?? UNEXPLAINED };
  if (word === "canceled" || word === "cancelled") {
    return { ...who, outcome: "cancelled", ...(why === undefined ? {} : { error: why }) };
  }
  // A twin job has no reply to show.
  if (word === "completed") return { ...who, outcome: "answered" };
  return { ...who, outcome: "open" };
}

const UNEXPLAINED = { code: "Unknown", description: "the hub does not say why" };

/** `{code, description}`; the description may be a document of its own, as errors of direct methods are. */
function readError(found: unknown): JobResult["error"] {
  const { code, description } = (found ?? {}) as { code?: unknown; description?: unknown };
  if (code === undefined && description === undefined) return undefined;
  return { code: String(code ?? "Unknown"), description: plain(String(description ?? "")) };
}

function plain(description: string): string {
  if (!description.startsWith("{")) return description;
  try {
    const { message, Message } = JSON.parse(description) as { message?: unknown; Message?: unknown };
    return String(message ?? Message ?? description);
  } catch {
    return description;
  }
}
