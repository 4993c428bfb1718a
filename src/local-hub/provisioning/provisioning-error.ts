import { randomUUID } from "node:crypto";
import { HubError } from "../hub-error.ts";

/**
 * The errors of the provisioning service. The statuses are Microsoft's (learn.microsoft.com, "Troubleshooting DPS:
 * common error codes"). Of the numbers, 400207, 401002, 404201, 404202 and 429001 were seen of the service, in answers that
 * its clients quote; the others are made after them.
 */
export const PROVISIONING_ERRORS = {
  "bad-request": { status: 400, errorCode: 400004 },
  unauthorized: { status: 401, errorCode: 401002 },
  "not-found": { status: 404, errorCode: 404000 },
  "no-enrolment": { status: 404, errorCode: 404201 },
  "no-registration": { status: 404, errorCode: 404202 },
  "wrong-method": { status: 405, errorCode: 405000 },
  exists: { status: 409, errorCode: 409201 },
  "wrong-etag": { status: 412, errorCode: 412201 },
  "too-large": { status: 413, errorCode: 413001 },
  "not-json": { status: 415, errorCode: 415001 },
  throttled: { status: 429, errorCode: 429001 },
  failed: { status: 500, errorCode: 500001 },
} as const;

export type ProvisioningErrorCode = keyof typeof PROVISIONING_ERRORS;

/** What becomes of a registration whose custom allocation fails. */
export const CUSTOM_ALLOCATION_FAILED = 400207;

/** An error that the provisioning service answers; the message holds no secret. */
export class ProvisioningError extends Error {
  override readonly name = "ProvisioningError";
  readonly code: ProvisioningErrorCode;

  constructor(code: ProvisioningErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return PROVISIONING_ERRORS[this.code].status;
  }
}

/** `{errorCode, trackingId, message, timestampUtc}`: the body of every error, to devices and services alike. */
export function errorBody(
  code: ProvisioningErrorCode,
  options: { message: string; now: number },
): Record<string, unknown> {
  const { message, now } = options;
  const { errorCode } = PROVISIONING_ERRORS[code];
  return { errorCode, trackingId: randomUUID(), message, timestampUtc: new Date(now).toISOString() };
}

/** The registry and the enrolments speak in the hub's terms; undefined for what is no refusal. */
export function asProvisioningError(error: unknown): ProvisioningError | undefined {
  if (error instanceof ProvisioningError) return error;
  if (!(error instanceof HubError)) return undefined;
  return new ProvisioningError(CODE_OF_STATUS[error.status] ?? "bad-request", error.message);
}

const CODE_OF_STATUS: Record<number, ProvisioningErrorCode> = {
  404: "no-enrolment",
  409: "exists",
  412: "wrong-etag",
  413: "too-large",
};
