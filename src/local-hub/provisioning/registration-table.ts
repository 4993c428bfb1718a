import { randomUUID } from "node:crypto";
import type { Table } from "../store/store.ts";
import type { Assignment } from "./assignment.ts";
import { type Enrolment, keyOf } from "./enrolment.ts";
import type { LinkedHubs } from "./linked-hubs.ts";

/** What is remembered of a device that has registered; times are milliseconds since 1970. */
export interface Registration {
  readonly registrationId: string;
  /** Of the group that it is enrolled by; undefined for an enrolment of its own. */
  readonly groupId?: string | undefined;
  readonly operationId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly outcome: Outcome;
  /** Where it was put last, whatever became of it since. */
  readonly assignment?: Assignment | undefined;
  /** Changes with every change; without quotes. */
  readonly etag: string;
}

/** How a registration ended, if it did. */
export type Outcome =
  | { status: "assigning" }
  | { status: "assigned" }
  | { status: "disabled" }
  | { status: "failed"; reason: string };

export interface RegistrationTable {
  get(registrationId: string): Registration | undefined;
  /** Those of a group, by id. */
  ofGroup(groupId: string): Registration[];
  /** The etag is made here. */
  put(registration: Omit<Registration, "etag">): Registration;
  remove(registrationId: string): void;
}

/** What is kept of one: the hub of its assignment by its key. */
export interface KeptRegistration extends Omit<Registration, "assignment"> {
  assignment: (Omit<Assignment, "hub"> & { hubKey?: string }) | undefined;
}

/** Those that the table keeps. One that has not ended is not kept: nobody would end it after a restart. */
export function openRegistrationTable(options: {
  table: Table<KeptRegistration>;
  hubs: LinkedHubs;
}): RegistrationTable {
  const { table, hubs } = options;
  const registrations = new Map<string, Registration>();
  for (const [key, kept] of table.kept()) registrations.set(key, fromKept(kept, hubs));

  return {
    get: (registrationId) => registrations.get(keyOf(registrationId)),
    ofGroup: (groupId) =>
      [...registrations.entries()]
        .filter(([, { groupId: own }]) => own !== undefined && keyOf(own) === keyOf(groupId))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, registration]) => registration),
    put(registration) {
      const key = keyOf(registration.registrationId);
      const stamped = { ...registration, etag: randomUUID() };
      if (stamped.outcome.status !== "assigning") table.put(key, toKept(stamped, hubs));
      registrations.set(key, stamped);
      return stamped;
    },
    remove(registrationId) {
      table.remove(keyOf(registrationId));
      registrations.delete(keyOf(registrationId));
    },
  };
}

function toKept(registration: Registration, hubs: LinkedHubs): KeptRegistration {
  if (registration.assignment === undefined) return { ...registration, assignment: undefined };
  const { hub, ...assignment } = registration.assignment;
  const hubKey = hub && hubs.keyOf(hub);
  return { ...registration, assignment: { ...assignment, ...(hubKey === undefined ? {} : { hubKey }) } };
}

function fromKept(kept: KeptRegistration, hubs: LinkedHubs): Registration {
  if (kept.assignment === undefined) return { ...kept, assignment: undefined };
  const { hubKey, ...assignment } = kept.assignment;
  const found = hubKey === undefined ? undefined : hubs.byKey(hubKey, assignment.assignedHub);
  const { hub, hostName = assignment.assignedHub } = found ?? {};
  return { ...kept, assignment: { ...assignment, hub, assignedHub: hostName } };
}

/** Whether a registration is of this enrolment. */
export function isOf(registration: Registration, enrolment: Enrolment): boolean {
  const { groupId, registrationId } = registration;
  return enrolment.kind === "group"
    ? groupId !== undefined && keyOf(groupId) === keyOf(enrolment.id)
    : keyOf(registrationId) === keyOf(enrolment.id);
}
