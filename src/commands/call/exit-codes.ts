import { ERROR_CODES, type ErrorCode } from "../../errors.ts";
import type { ServiceFailureCode } from "../../service/index.ts";

/** The device answered, and its own status says that it could not do it; of many, at least one. */
export const DEVICE_SAID_NO = 1;

/** Codes that a call can end with; their exit status is in `ERROR_CODES`. */
const CODES = [
  "HUB_JOB_FAILED",
  "DEVICE_UNKNOWN",
  "QUERY_EMPTY",
  "HUB_JOB_UNKNOWN",
  "DEVICE_OFFLINE",
  "DEVICE_DISABLED",
  "DEVICE_SILENT",
  "CREDENTIALS_REFUSED",
  "HUB_UNREACHABLE",
  "HUB_THROTTLED",
  "HUB_FAULT",
  "DEVICE_REPLY_INVALID",
  "CALL_INVALID",
  "QUERY_INVALID",
  "CONFIG_INVALID",
  "INTERRUPTED",
] as const satisfies readonly ErrorCode[];

// A failure of the service side that is not listed would be missing from the help and the manual.
true satisfies [ServiceFailureCode] extends [(typeof CODES)[number]] ? true : false;

/** Every exit status of the verb `call`, for its help and its manual. */
export const CALL_EXIT_CODES: readonly { exit: number; code?: ErrorCode; meaning: string }[] = [
  { exit: 0, meaning: "the device answered, with a status below 400; with --query, each did" },
  {
    exit: DEVICE_SAID_NO,
    meaning: "the device answered, with a status of 400 or above; with --query, one did, or did not answer",
  },
  ...CODES.map((code) => ({ exit: ERROR_CODES[code].exit, code, meaning: ERROR_CODES[code].meaning })),
];
