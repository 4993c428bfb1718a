import { randomBytes, randomUUID } from "node:crypto";
import { messageOf } from "../../errors.ts";
import type { LogEvent } from "../events.ts";
import type { OnRegister } from "./allocation.ts";
import {
  errorAnswer,
  operationAnswer,
  type ProvisioningAnswer,
  registrationState,
  unassignedState,
} from "./answers.ts";
import { type Assignment, assign } from "./assignment.ts";
import { type Attested, attest, type Proof } from "./attestation.ts";
import type { Enrolments } from "./enrolments.ts";
import type { LinkedHubs } from "./linked-hubs.ts";
import { readRequest } from "./protocol.ts";
import { isOf, type Outcome, type Registration, type RegistrationTable } from "./registration-table.ts";

/** What a device asks of the provisioning service. */
export type Question =
  | { kind: "register" }
  | { kind: "status"; operationId: string }
  /** What became of it, without an operation (REST only). */
  | { kind: "lookup" };

export interface Registrations {
  answer(
    question: Question,
    device: { registrationId: string; proof: Proof; body: Buffer },
  ): Promise<ProvisioningAnswer>;
  /** The next `count` questions are answered 429. */
  throttle(count: number, options?: { retryAfterSeconds?: number }): void;
}

/** The provisioning service itself, as devices see it, whatever carries their questions. */
export function createRegistrations(options: {
  enrolments: Enrolments;
  table: RegistrationTable;
  hubs: LinkedHubs;
  idScope: string;
  onRegister: OnRegister | undefined;
  /** How long a device is told to wait before it asks again; 0: it is answered when it is assigned. */
  retryAfterSeconds: number;
  /** Aborted when the service stops: from then on nothing is remembered. */
  stopping: AbortSignal;
  log: LogEvent;
  now: () => number;
}): Registrations {
  const { enrolments, table, idScope, hubs, onRegister, retryAfterSeconds, stopping, log, now } = options;
  let throttled = { left: 0, retryAfterSeconds };

  async function register(
    attested: Attested,
    { registrationId, body }: { registrationId: string; body: Buffer },
  ): Promise<ProvisioningAnswer> {
    const request = readRequest(body);
    if (request === undefined || request.registrationId.toLowerCase() !== registrationId.toLowerCase()) {
      return refuse("bad-request", "the body does not name the registration id");
    }
    const { enrolment } = attested;
    const old = table.get(registrationId);
    const registration = table.put({
      registrationId,
      groupId: enrolment.kind === "group" ? enrolment.id : undefined,
      operationId: `4.${randomBytes(8).toString("hex")}.${randomUUID()}`,
      createdAt: old?.createdAt ?? now(),
      updatedAt: now(),
      outcome: { status: "assigning" },
      assignment: old?.assignment,
    });
    const ended = settle(registration, attested, { payload: request.payload });
    return operationAnswer(retryAfterSeconds === 0 ? await ended : registration, { retryAfterSeconds });
  }

  /** Never rejects: what goes wrong is the registration's outcome. */
  async function settle(
    registration: Registration,
    attested: Attested,
    { payload }: { payload: unknown },
  ): Promise<Registration> {
    const { registrationId, assignment: previous } = registration;
    const { assignment = previous, ...outcome } = await outcomeOf(attested, {
      registrationId,
      payload,
      previous,
    });
    log({ event: "registration", registrationId, ...describe(outcome, assignment) });
    const ended = { ...registration, outcome, assignment, updatedAt: now() };
    // It may have been forgotten meanwhile, or have registered once more.
    const isLatest = table.get(registrationId)?.operationId === registration.operationId;
    if (!isLatest || stopping.aborted) return ended;
    try {
      return table.put(ended);
    } catch (error) {
      // Not kept, be it that the disk is full: nor is it told, and the device comes again.
      log({ event: "fault", reason: messageOf(error) });
      return registration;
    }
  }

  async function outcomeOf(
    attested: Attested,
    device: { registrationId: string; payload: unknown; previous: Assignment | undefined },
  ): Promise<Outcome & { assignment?: Assignment }> {
    if (attested.enrolment.disabled) return { status: "disabled" };
    try {
      const assignment = await assign(attested, { ...device, hubs, onRegister, stopping });
      // What is no JSON (a circle, a bigint, a depth beyond the stack) can be neither told nor kept.
      JSON.stringify(assignment.payload);
      return { status: "assigned", assignment };
    } catch (error) {
      return { status: "failed", reason: messageOf(error) };
    }
  }

  function lookUp({ enrolment }: Attested, registrationId: string): ProvisioningAnswer {
    const registration = table.get(registrationId);
    if (registration && isOf(registration, enrolment)) {
      return { status: 200, body: registrationState(registration) };
    }
    // It would be told so if it registered.
    if (enrolment.disabled) {
      const state = unassignedState(enrolment);
      return { status: 200, body: { ...state, registrationId, status: "disabled" } };
    }
    if (enrolment.kind === "individual") return { status: 200, body: unassignedState(enrolment) };
    return refuse("no-registration", "Registration not found.");
  }

  function refuse(code: Parameters<typeof errorAnswer>[0], message: string): ProvisioningAnswer {
    return errorAnswer(code, { message, now: now() });
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
        return refuse("unauthorized", "Unauthorized");
      }
      if (question.kind === "register") return register(attested, device);
      if (question.kind === "lookup") return lookUp(attested, registrationId);
      const registration = table.get(registrationId);
      if (registration?.operationId !== question.operationId) {
        return refuse("not-found", "Operation not found.");
      }
      // Not 0, or a device would ask without end while a custom allocation thinks.
      return operationAnswer(registration, { retryAfterSeconds: Math.max(1, retryAfterSeconds) });
    },
    throttle(count, { retryAfterSeconds: wait = Math.max(1, retryAfterSeconds) } = {}) {
      throttled = { left: count, retryAfterSeconds: wait };
    },
  };
}

function describe(outcome: Outcome, assignment: Assignment | undefined) {
  switch (outcome.status) {
    case "assigned": {
      const { assignedHub = "", deviceId = "" } = assignment ?? {};
      return { outcome: "assigned", deviceId, assignedHub } as const;
    }
    case "failed":
      return { outcome: "failed", reason: outcome.reason } as const;
    default:
      return { outcome: "disabled" } as const;
  }
}
