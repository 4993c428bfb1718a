import { randomBytes } from "node:crypto";
import { SERVICE_ERRORS, type ServiceErrorCode } from "./hub-error.ts";

/** An error as a document of its own, which is how devices, and callers of their methods, get it. */
export function errorDocument(options: {
  code: ServiceErrorCode;
  message: string;
  /** What the service says more of it. */
  info?: Record<string, unknown>;
  now: number;
}): Record<string, unknown> {
  const { code, message, info, now } = options;
  return {
    errorCode: SERVICE_ERRORS[code].number,
    trackingId: trackingId(now),
    message,
    ...(info ? { info } : {}),
    timestampUtc: new Date(now).toISOString(),
  };
}

/** By which the service finds an error in its logs, with the time. */
export function trackingId(now: number): string {
  return `${randomBytes(16).toString("hex").toUpperCase()}-TimeStamp:${timestamp(now)}`;
}

/** 11/23/2026 21:30:05: how the service writes times beside its tracking ids. */
function timestamp(now: number): string {
  const [date = "", time = ""] = new Date(now).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${month}/${day}/${year} ${time.slice(0, 8)}`;
}
