import { messageOf } from "../../errors.ts";
import { JsonText } from "../json-text.ts";
import { failureReply, handlerReply, MAX_REPLY_BYTES } from "../reply.ts";
import type { JobEnd, JobError, JobRecord } from "./record.ts";

/** The most that a progress may have, in bytes of JSON. */
export const MAX_PROGRESS_BYTES = 16 * 1024;

/** `"result":` and what else stands around it. */
const AROUND_RESULT_BYTES = 64;

/**
 * The end of a job whose work has returned. A result must fit into a reply together with the rest of the job, as
 * `hubhand.job` tells it whole; what a reply cannot be, a result cannot either.
 */
export function endOfReturn(value: unknown, record: JobRecord): JobEnd {
  const reply = handlerReply(200, value);
  if (reply.outcome !== "ok") return failed(errorIn(reply.body));
  const room = MAX_REPLY_BYTES - Buffer.byteLength(JSON.stringify(record)) - AROUND_RESULT_BYTES;
  const bytes = Buffer.byteLength(reply.body);
  if (bytes > room) {
    const message = `the result has ${bytes} bytes; the hub takes ${room} of this job's`;
    return failed({ code: "REPLY_TOO_LARGE", message });
  }
  try {
    return { state: "done", result: JSON.parse(reply.body) as unknown };
  } catch (error) {
    return failed({ code: "METHOD_FAILED", message: `the result is not JSON: ${messageOf(error)}` });
  }
}

/** The end of a job whose work has thrown. */
export function endOfThrow(thrown: unknown): JobEnd {
  return failed(errorIn(failureReply(thrown).body));
}

/** A progress as it is now, whatever becomes of the value; or why it cannot be kept. */
export function readProgress(value: unknown): { readonly progress: unknown } | { readonly problem: string } {
  let text: string | undefined;
  try {
    text = value instanceof JsonText ? value.text : JSON.stringify(value === undefined ? null : value);
  } catch (error) {
    return { problem: `it cannot be written as JSON: ${messageOf(error)}` };
  }
  if (text === undefined) return { problem: `it is of type ${typeof value}, which JSON cannot say` };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PROGRESS_BYTES)
    return { problem: `it has ${bytes} bytes, more than ${MAX_PROGRESS_BYTES}` };
  try {
    return { progress: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: `it is not JSON: ${messageOf(error)}` };
  }
}

const failed = (error: JobError): JobEnd => ({ state: "failed", error });

function errorIn(body: string): JobError {
  const { code, message } = (JSON.parse(body) as { error: JobError }).error;
  return { code, message };
}
