import { ERROR_CODES, type ErrorCode } from "../../errors.ts";

/** The codes that answer an HTTP request: those of HTTP alone, and those that answer a direct method. */
export type RefusalCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code] extends { http: number } | { status: number }
    ? Code
    : never;
}[ErrorCode];

export interface Refusal {
  readonly code: RefusalCode;
  /** For a person: why, and what to do. */
  readonly message: string;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const answersRequests = (code: ErrorCode): code is RefusalCode =>
  "http" in ERROR_CODES[code] || "status" in ERROR_CODES[code];

/** The answer to a request that is refused, in the form that a direct method's error has. */
export function refuse({ code, message, details, headers }: Refusal): Response {
  const entry = ERROR_CODES[code];
  return new Response(JSON.stringify({ error: { code, message, details } }), {
    status: "http" in entry ? entry.http : entry.status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}
