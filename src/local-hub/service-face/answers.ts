import { errorDocument, trackingId } from "../error-document.ts";
import { type HubError, SERVICE_ERRORS, type ServiceErrorCode } from "../hub-error.ts";

/** What the service face answers: a status, and a body of JSON unless there is none. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** In place of a body: what comes, as it comes, until the caller goes or it ends. */
  stream?: AsyncIterable<string>;
}

export function json(
  value: unknown,
  options: { status?: number; headers?: Record<string, string> } = {},
): Answer {
  return { status: options.status ?? 200, headers: options.headers ?? {}, body: JSON.stringify(value) };
}

/** `{"Message":"ErrorCode:<code>;<what>","ExceptionMessage":"Tracking ID:…"}`: what the service's SDKs take apart. */
export function errorAnswer(error: HubError, options: { now: number }): Answer {
  return json(
    {
      Message: `ErrorCode:${error.code};${error.message}`,
      ExceptionMessage: `Tracking ID:${trackingId(options.now)}`,
    },
    { status: error.status, headers: { ...codeHeader(error.code), ...retryHeader(error) } },
  );
}

/**
 * The other form of error, of direct methods only: a document inside the Message, as text. `timeoutMs` is the time that
 * was waited.
 */
export function envelopeAnswer(options: {
  code: ServiceErrorCode;
  message: string;
  timeoutMs: number;
  now: number;
}): Answer {
  const { code, message, timeoutMs, now } = options;
  const envelope = errorDocument({ code, message, info: { timeout: timeSpan(timeoutMs) }, now });
  return json(
    { Message: JSON.stringify(envelope), ExceptionMessage: "" },
    { status: SERVICE_ERRORS[code].status, headers: codeHeader(code) },
  );
}

function retryHeader({ retryAfterMs }: HubError): Record<string, string> {
  return retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
}

function codeHeader(code: ServiceErrorCode): Record<string, string> {
  return { "iothub-errorcode": code };
}

/** A .NET TimeSpan of at most a day: hh:mm:ss. */
function timeSpan(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}
