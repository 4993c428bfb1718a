import { randomBytes, randomUUID } from "node:crypto";
import type { Assignment } from "./assignment.ts";

/** What a device is answered: a status, how many seconds to wait before the next question, and a body. */
export interface ProvisioningAnswer {
  status: number;
  retryAfterSeconds?: number;
  body: Record<string, unknown>;
}

/** How a registration ended. */
export type Outcome =
  | { status: "assigned"; assignment: Assignment }
  | { status: "disabled" }
  | { status: "failed"; reason: string };

/**
 * The errors that a device can meet. Seen of the service, in answers that Microsoft's clients quote: 401002, 429001 and
 * 400207; the other numbers are made after them.
 */
const ERROR_CODES = {
  "bad-request": { status: 400, errorCode: 400004 },
  unauthorized: { status: 401, errorCode: 401002 },
  "no-operation": { status: 404, errorCode: 404000 },
  throttled: { status: 429, errorCode: 429001 },
  failed: { status: 500, errorCode: 500001 },
} as const;
const CUSTOM_ALLOCATION_FAILED = 400207;

export function errorAnswer(
  code: keyof typeof ERROR_CODES,
  options: { message: string; now: number; retryAfterSeconds?: number },
): ProvisioningAnswer {
  const { status, errorCode } = ERROR_CODES[code];
  const { message, now, retryAfterSeconds } = options;
  return {
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    body: { errorCode, trackingId: randomUUID(), message, timestampUtc: new Date(now).toISOString() },
  };
}

/** Come again. */
export function assigningAnswer(options: {
  operationId: string;
  retryAfterSeconds: number;
}): ProvisioningAnswer {
  const { operationId, retryAfterSeconds } = options;
  return { status: 202, retryAfterSeconds, body: { operationId, status: "assigning" } };
}

/** The end of a registration, as the service words it; times are milliseconds since 1970. */
export function outcomeAnswer(
  outcome: Outcome,
  options: { operationId: string; registrationId: string; createdAt: number; endedAt: number },
): ProvisioningAnswer {
  const { operationId, registrationId, createdAt, endedAt } = options;
  const { status } = outcome;
  const registrationState = {
    registrationId,
    createdDateTimeUtc: new Date(createdAt).toISOString(),
    ...stateOf(outcome),
    status,
    lastUpdatedDateTimeUtc: new Date(endedAt).toISOString(),
    etag: randomBytes(8).toString("base64"),
  };
  return { status: 200, body: { operationId, status, registrationState } };
}

function stateOf(outcome: Outcome): Record<string, unknown> {
  switch (outcome.status) {
    case "assigned": {
      const { assignedHub, deviceId, substatus, payload } = outcome.assignment;
      return { assignedHub, deviceId, substatus, ...(payload === undefined ? {} : { payload }) };
    }
    case "disabled":
      return {};
    case "failed":
      return { errorCode: CUSTOM_ALLOCATION_FAILED, errorMessage: outcome.reason };
  }
}
