import { ERROR_CODES, type ErrorCode } from "../../errors.ts";

/** The codes that answer a request over HTTP. */
export type HttpErrorCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code] extends { http: number } | { status: number }
    ? Code
    : never;
}[ErrorCode];

export const answersRequests = (code: ErrorCode): code is HttpErrorCode =>
  "http" in ERROR_CODES[code] || "status" in ERROR_CODES[code];

/** Why a request is not done, as all of hubhand says it: `{"error":{"code","message","details"}}`. */
export function problem(code: HttpErrorCode, message: string, details?: unknown): Response {
  const entry = ERROR_CODES[code];
  const error = { code, message, ...(details === undefined ? {} : { details }) };
  return new Response(JSON.stringify({ error }), {
    status: "http" in entry ? entry.http : entry.status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...(code === "CONTROL_REFUSED" ? { "www-authenticate": 'Bearer realm="hubhand control"' } : {}),
    },
  });
}
