import type { Context } from "hono";
import { ERROR_CODES } from "../../errors.ts";

/** The codes that answer an HTTP request. */
export type RefusalCode = {
  [Code in keyof typeof ERROR_CODES]: (typeof ERROR_CODES)[Code] extends { http: number } ? Code : never;
}[keyof typeof ERROR_CODES];

export interface Refusal {
  readonly code: RefusalCode;
  /** For a person: why, and what to do. */
  readonly message: string;
  readonly details?: unknown;
  readonly headers?: Record<string, string>;
}

/** The answer to a request that is refused, in the form that a direct method's error has. */
export const refuse = (context: Context, { code, message, details, headers }: Refusal): Response =>
  context.json({ error: { code, message, details } }, ERROR_CODES[code].http, headers);
