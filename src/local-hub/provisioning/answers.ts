import type { Enrolment } from "./enrolment.ts";
import type { ProvisioningErrorCode } from "./provisioning-error.ts";
import { CUSTOM_ALLOCATION_FAILED, errorBody, PROVISIONING_ERRORS } from "./provisioning-error.ts";
import type { Registration } from "./registration-table.ts";

/** What a device is answered: a status, how many seconds to wait before the next question, and a body. */
export interface ProvisioningAnswer {
  status: number;
  retryAfterSeconds?: number;
  body: Record<string, unknown>;
}

export function errorAnswer(
  code: ProvisioningErrorCode,
  options: { message: string; now: number; retryAfterSeconds?: number },
): ProvisioningAnswer {
  const { retryAfterSeconds } = options;
  return {
    status: PROVISIONING_ERRORS[code].status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    body: errorBody(code, options),
  };
}

/** What became of a registration: come again after so many seconds, or how it ended. */
export function operationAnswer(
  registration: Registration,
  { retryAfterSeconds }: { retryAfterSeconds: number },
): ProvisioningAnswer {
  const { operationId, outcome } = registration;
  const { status } = outcome;
  if (status === "assigning") return { status: 202, retryAfterSeconds, body: { operationId, status } };
  return {
    status: 200,
    body: { operationId, status, registrationState: registrationState(registration) },
  };
}

/** The document of a registration (learn.microsoft.com, REST "Device Registration State"). */
export function registrationState(registration: Registration): Record<string, unknown> {
  const { registrationId, createdAt, updatedAt, outcome, etag } = registration;
  return {
    registrationId,
    createdDateTimeUtc: new Date(createdAt).toISOString(),
    ...stateOf(registration),
    status: outcome.status,
    lastUpdatedDateTimeUtc: new Date(updatedAt).toISOString(),
    etag: encoded(etag),
  };
}

/** The same for a device that is enrolled, and has not registered. */
export function unassignedState({ id, createdAt, updatedAt, etag }: Enrolment): Record<string, unknown> {
  return {
    registrationId: id,
    createdDateTimeUtc: new Date(createdAt).toISOString(),
    status: "unassigned",
    lastUpdatedDateTimeUtc: new Date(updatedAt).toISOString(),
    etag: encoded(etag),
  };
}

function stateOf({ outcome, assignment }: Registration): Record<string, unknown> {
  if (outcome.status === "failed") {
    return { errorCode: CUSTOM_ALLOCATION_FAILED, errorMessage: outcome.reason };
  }
  if (outcome.status !== "assigned" || assignment === undefined) return {};
  const { assignedHub, deviceId, substatus, payload } = assignment;
  return { assignedHub, deviceId, substatus, ...(payload === undefined ? {} : { payload }) };
}

/** As seen of the service: base64 of the quoted etag (learn.microsoft.com, "How to use symmetric keys over HTTPS"). */
export function encoded(etag: string): string {
  return Buffer.from(`"${etag}"`).toString("base64");
}
