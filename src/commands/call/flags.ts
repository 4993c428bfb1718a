import { HubhandError } from "../../errors.ts";
import { CONNECT_TIMEOUT_SECONDS, RESPONSE_TIMEOUT_SECONDS } from "../../service/index.ts";
import type { ServiceFlags } from "../back-end/service-flags.ts";
import { readSeconds } from "../command-line/duration-flag.ts";

export interface CallFlags extends ServiceFlags {
  readonly module?: string;
  readonly query?: string;
  readonly resume?: string;
  readonly cancel?: string;
  readonly responseTimeout: string;
  readonly connectTimeout: string;
  readonly startAt?: string;
  readonly maxExecutionTime?: string;
  /** Commander's name for `--no-wait`. */
  readonly wait: boolean;
}

/** A job may last that long; an hour is the SDK's own default (azure-iothub, job_client.js). */
const MAX_EXECUTION_SECONDS = { min: 1, max: 30 * 24 * 3600 };

export const readTimeouts = (flags: CallFlags) => ({
  responseTimeoutSeconds: readSeconds("--response-timeout", flags.responseTimeout, RESPONSE_TIMEOUT_SECONDS),
  connectTimeoutSeconds: readSeconds("--connect-timeout", flags.connectTimeout, CONNECT_TIMEOUT_SECONDS),
});

export function readJobFlags({ startAt, maxExecutionTime = "1h" }: CallFlags) {
  return {
    maxExecutionSeconds: readSeconds("--max-execution-time", maxExecutionTime, MAX_EXECUTION_SECONDS),
    ...(startAt === undefined ? {} : { startAt: readTime(startAt) }),
  };
}

/** A time without a zone would be another one on each machine. */
function readTime(written: string): Date {
  const time = new Date(written);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)$/.test(written) && !Number.isNaN(time.getTime()))
    return time;
  throw new HubhandError(
    "CALL_INVALID",
    `--start-at is ${JSON.stringify(written)}; expected a time with its zone, as 2026-05-01T22:00:00Z or 2026-05-01T22:00+02:00.`,
  );
}
