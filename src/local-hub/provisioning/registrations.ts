import { randomBytes, randomUUID } from "node:crypto";
import { messageOf } from "../../errors.ts";
import type { LogEvent } from "../events.ts";
import {
  assigningAnswer,
  errorAnswer,
  type Outcome,
  outcomeAnswer,
  type ProvisioningAnswer,
} from "./answers.ts";
import { type AssignableHub, type Assignment, assign, type OnRegister } from "./assignment.ts";
import { type Attested, attest, type Proof } from "./attestation.ts";
import type { Enrolments } from "./enrolments.ts";
import type { Question } from "./protocol.ts";

/** What is remembered of a device that has registered. */
interface Registration {
  operationId: string;
  createdAt: number;
  /** Undefined while it is being assigned. */
  answer: ProvisioningAnswer | undefined;
  /** Where it was put last. */
  assignment: Assignment | undefined;
}

export interface Registrations {
  answer(
    question: Question,
    device: { registrationId: string; proof: Proof; body: Buffer },
  ): Promise<ProvisioningAnswer>;
  /** The next `count` questions are answered 429. */
  throttle(count: number, options?: { retryAfterSeconds?: number }): void;
}

/** The provisioning service itself, whatever carries its questions. */
export function createRegistrations(options: {
  enrolments: Enrolments;
  idScope: string;
  hub: AssignableHub;
  onRegister: OnRegister | undefined;
  /** How long a device is told to wait before it asks again; 0: it is answered when it is assigned. */
  retryAfterSeconds: number;
  log: LogEvent;
  now: () => number;
}): Registrations {
  const { enrolments, idScope, hub, onRegister, retryAfterSeconds, log, now } = options;
  const registrations = new Map<string, Registration>();
  let throttled = { left: 0, retryAfterSeconds };

  async function register(
    attested: Attested,
    { registrationId, body }: { registrationId: string; body: Buffer },
  ): Promise<ProvisioningAnswer> {
    const request = readRequest(body);
    if (request === undefined || request.registrationId.toLowerCase() !== registrationId.toLowerCase()) {
      return errorAnswer("bad-request", {
        message: "the body does not name the registration id",
        now: now(),
      });
    }
    const key = registrationId.toLowerCase();
    const old = registrations.get(key);
    const registration: Registration = {
      operationId: `4.${randomBytes(8).toString("hex")}.${randomUUID()}`,
      createdAt: old?.createdAt ?? now(),
      answer: undefined,
      assignment: old?.assignment,
    };
    registrations.set(key, registration);
    const ended = settle(registration, attested, { registrationId, payload: request.payload });
    if (retryAfterSeconds === 0) await ended;
    return registration.answer ?? assigningAnswer({ ...registration, retryAfterSeconds });
  }

  /** Never rejects: what goes wrong is the registration's outcome. */
  async function settle(
    registration: Registration,
    attested: Attested,
    { registrationId, payload }: { registrationId: string; payload: unknown },
  ): Promise<void> {
    const outcome = await outcomeOf(attested, { registrationId, payload, previous: registration.assignment });
    const { operationId, createdAt } = registration;
    if (outcome.status === "assigned") registration.assignment = outcome.assignment;
    registration.answer = outcomeAnswer(outcome, { operationId, registrationId, createdAt, endedAt: now() });
    log({ event: "registration", registrationId, ...describe(outcome) });
  }

  async function outcomeOf(
    attested: Attested,
    device: { registrationId: string; payload: unknown; previous: Assignment | undefined },
  ): Promise<Outcome> {
    if (attested.enrolment.disabled) return { status: "disabled" };
    try {
      const assignment = await assign(attested, { ...device, defaultHub: hub, onRegister });
      return { status: "assigned", assignment };
    } catch (error) {
      return { status: "failed", reason: messageOf(error) };
    }
  }

  return {
    async answer(question, device) {
      const { registrationId } = device;
      if (throttled.left > 0) {
        throttled.left--;
        log({ event: "registration", registrationId, outcome: "throttled" });
        return errorAnswer("throttled", {
          message: "Operations are being throttled for this tenant.",
          now: now(),
          retryAfterSeconds: throttled.retryAfterSeconds,
        });
      }
      const attested = attest(device, { enrolments, idScope, now: now() });
      if ("fault" in attested) {
        log({ event: "registration", registrationId, outcome: "unauthorized", reason: attested.fault });
        return errorAnswer("unauthorized", { message: "Unauthorized", now: now() });
      }
      if (question.kind === "register") return register(attested, device);
      const registration = registrations.get(registrationId.toLowerCase());
      if (registration?.operationId !== question.operationId) {
        return errorAnswer("no-operation", { message: "Operation not found.", now: now() });
      }
      // Not 0, or a device would ask without end while a custom allocation thinks.
      const wait = Math.max(1, retryAfterSeconds);
      return registration.answer ?? assigningAnswer({ ...registration, retryAfterSeconds: wait });
    },
    throttle(count, { retryAfterSeconds: wait = Math.max(1, retryAfterSeconds) } = {}) {
      throttled = { left: count, retryAfterSeconds: wait };
    },
  };
}

function describe(outcome: Outcome) {
  switch (outcome.status) {
    case "assigned": {
      const { assignedHub, deviceId } = outcome.assignment;
      return { outcome: "assigned", deviceId, assignedHub } as const;
    }
    case "disabled":
      return { outcome: "disabled" } as const;
    case "failed":
      return { outcome: "failed", reason: outcome.reason } as const;
  }
}

/** `{registrationId, payload?}`; undefined if the body is something else. */
function readRequest(body: Buffer): { registrationId: string; payload: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  const { registrationId, payload } = (value ?? {}) as { registrationId?: unknown; payload?: unknown };
  return typeof registrationId === "string" ? { registrationId, payload } : undefined;
}
