import { cut } from "../cut.ts";
import { ERROR_CODES, type ErrorCode, isHubhandError, messageOf, type ReplyErrorCode } from "../errors.ts";
import { JsonText } from "./json-text.ts";

/** The hub's limit for the payload of a reply, in bytes of UTF-8. */
export const MAX_REPLY_BYTES = 128 * 1024;

/** Error replies must fit as well, whatever a handler puts into its message. */
const MAX_MESSAGE_LENGTH = 2000;

/** How a call ended, as the metric `hubhand_method_calls_total` counts it. */
export type Outcome = "ok" | "handler_error" | Lowercase<ReplyErrorCode>;

export interface Reply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  /** Of the body, as UTF-8. */
  readonly bytes: number;
  readonly outcome: Outcome;
}

/** A reply of the agent itself: `{"error":{"code","message","details"}}`. */
export function errorReply(code: ReplyErrorCode, message: string, details?: unknown): Reply {
  const short = cut(message, MAX_MESSAGE_LENGTH);
  const full = JSON.stringify({
    error: { code, message: short, ...(details === undefined ? {} : { details }) },
  });
  const fits = Buffer.byteLength(full) <= MAX_REPLY_BYTES;
  const body = fits ? full : JSON.stringify({ error: { code, message: short } });
  return {
    status: ERROR_CODES[code].status,
    body,
    bytes: Buffer.byteLength(body),
    outcome: code.toLowerCase() as Lowercase<ReplyErrorCode>,
  };
}

/**
 * What a handler's throw is to the caller: hubhand's own errors as they are (a host that is being restarted is
 * PLUGIN_DOWN), any other METHOD_FAILED with its message; never its stack, which is for the log.
 */
export function failureReply(thrown: unknown): Reply {
  if (isHubhandError(thrown) && answersCalls(thrown.code))
    return errorReply(thrown.code, thrown.message, thrown.details);
  return errorReply("METHOD_FAILED", messageOf(thrown));
}

/** Whether a handler has refused the call, as it should: its answer says all there is to say. */
export function isCallersFault(thrown: unknown): boolean {
  return isHubhandError(thrown) && answersCalls(thrown.code) && ERROR_CODES[thrown.code].status < 500;
}

const answersCalls = (code: ErrorCode): code is ReplyErrorCode => "status" in ERROR_CODES[code];

/**
 * A handler's answer as it goes to the hub: its own status and payload, untouched, or METHOD_FAILED or
 * REPLY_TOO_LARGE if they cannot be sent. `undefined` becomes `null`: a handler that returns nothing has succeeded.
 */
export function handlerReply(status: number, payload: unknown): Reply {
  if (!Number.isInteger(status) || status < 1 || status > 0x7fff_ffff) {
    return errorReply(
      "METHOD_FAILED",
      `the handler's status is ${display(status)}; expected a whole number like 200`,
    );
  }
  let body: string | undefined;
  try {
    body =
      payload instanceof JsonText ? payload.text : JSON.stringify(payload === undefined ? null : payload);
  } catch (error) {
    return errorReply(
      "METHOD_FAILED",
      `the handler's result cannot be written as JSON: ${firstLine(messageOf(error))}`,
    );
  }
  if (body === undefined) {
    return errorReply(
      "METHOD_FAILED",
      `the handler's result is of type ${typeof payload}, which JSON cannot say`,
    );
  }
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_REPLY_BYTES) {
    return errorReply("REPLY_TOO_LARGE", `the reply has ${bytes} bytes; the hub takes ${MAX_REPLY_BYTES}`, {
      bytes,
      limit: MAX_REPLY_BYTES,
    });
  }
  return { status, body, bytes, outcome: status >= 400 ? "handler_error" : "ok" };
}

/** Tells "200" from 200; of what is neither number nor text the type says enough. */
function display(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? JSON.stringify(value) : `of type ${typeof value}`;
}

/** V8 draws the circle over several lines; the first says it. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
