import { randomUUID } from "node:crypto";
import { HubError } from "../hub-error.ts";
import type { IdentityChange } from "../identities/identity-table.ts";
import type { Store, Table } from "../store/store.ts";
import { type AttestationDescription, attestationOf, descriptionOf } from "./attestation-description.ts";
import {
  ENROLMENT_ID,
  type Enrolment,
  type EnrolmentDescription,
  type EnrolmentKind,
  type EnrolmentSettings,
  keyOf,
  twinFault,
} from "./enrolment.ts";

/**
 * Who may register, and what becomes of them. Every change counts from the next request on. An attestation that cannot be
 * used is an error: HubError ArgumentInvalid, or HubhandError CONFIG_INVALID for an authority.
 */
export interface Enrolments {
  /** One device. @throws HubError DeviceAlreadyExists, ArgumentInvalid */
  add(
    enrolment: EnrolmentSettings & {
      registrationId: string;
      deviceId?: string;
      attestation: AttestationDescription;
    },
  ): Enrolment;
  /** Many. Their keys are derived from the group's, see deriveDeviceKey. @throws HubError DeviceAlreadyExists */
  addGroup(
    enrolment: EnrolmentSettings & { groupId: string; attestation: AttestationDescription },
  ): Enrolment;
  /** Changes what is given of an enrolment, one device's or else a group's. @throws HubError ResourceNotFound */
  change(id: string, settings: EnrolmentSettings & { attestation?: AttestationDescription }): Enrolment;
  /**
   * One device's or else a group's, unless `kind` says which. Its devices stay in their hubs. `ifMatch` is an etag, or "*"
   * for any. @throws HubError ResourceNotFound, PreconditionFailed
   */
  remove(id: string, options?: { kind?: EnrolmentKind; ifMatch?: string }): void;
  get(kind: EnrolmentKind, id: string): Enrolment | undefined;
  /** All of a kind, by id. */
  list(kind: EnrolmentKind): Enrolment[];
  /** As add and addGroup. */
  create(description: EnrolmentDescription): Enrolment;
  /**
   * Puts this in place of an enrolment; keys that are not given, and what only a program can say (`hub`, `payload`), stay.
   * @throws HubError ResourceNotFound, PreconditionFailed
   */
  replace(description: EnrolmentDescription, options?: { ifMatch?: string }): Enrolment;
  /** Those that may speak for this device: its own, which alone counts if it is there; else every group. */
  candidatesFor(registrationId: string): Enrolment[];
  /** Called after each change took effect, until the function that it returns is called. */
  onChange(listener: EnrolmentListener): () => void;
}

export type EnrolmentListener = (enrolment: Enrolment, change: IdentityChange) => void;

/** What is kept of one: `hub`, which is no document, is not. */
export interface KeptEnrolment extends Omit<Enrolment, "attestation" | "hub"> {
  attestation: AttestationDescription;
}

/** Those that the table keeps; every change is kept before it counts. */
export function openEnrolments(options: {
  store: Pick<Store, "together" | "onUndone">;
  table: Table<KeptEnrolment>;
  now: () => number;
}): Enrolments {
  const { store, table, now } = options;
  const tables = { individual: new Map<string, Enrolment>(), group: new Map<string, Enrolment>() };
  const listeners = new Set<EnrolmentListener>();
  for (const [, kept] of table.kept()) {
    tables[kept.kind].set(keyOf(kept.id), { ...kept, attestation: attestationOf(kept.attestation) });
  }

  function tell(enrolment: Enrolment, change: IdentityChange): void {
    for (const listener of listeners) listener(enrolment, change);
  }

  /** What is new is as old as its last change: one look at the clock. */
  function put(
    enrolment: Omit<Enrolment, "etag" | "createdAt" | "updatedAt"> & { createdAt?: number },
    change: IdentityChange,
  ): Enrolment {
    const fault = enrolment.initialTwin && twinFault(enrolment.initialTwin);
    if (fault !== undefined) throw new HubError("ArgumentInvalid", `the initial twin cannot be: ${fault}`);
    const at = now();
    const stamped = { createdAt: at, ...enrolment, etag: randomUUID(), updatedAt: at };
    const { hub: _hub, ...kept } = stamped;
    const ofKind = tables[stamped.kind];
    const key = keyOf(stamped.id);
    const old = ofKind.get(key);
    store.together(() => {
      table.put(tableKeyOf(stamped), { ...kept, attestation: descriptionOf(stamped.attestation) });
      ofKind.set(key, stamped);
      store.onUndone(() => (old ? ofKind.set(key, old) : ofKind.delete(key)));
      tell(stamped, change);
    });
    return stamped;
  }

  function existing(id: string, kind?: EnrolmentKind, ifMatch = "*"): Enrolment {
    const kinds = kind === undefined ? (["individual", "group"] as const) : [kind];
    const enrolment = kinds
      .map((each) => tables[each].get(keyOf(id)))
      .find((candidate) => candidate !== undefined);
    if (enrolment === undefined) throw new HubError("ResourceNotFound", `there is no enrolment ${id}`);
    if (ifMatch !== "*" && ifMatch !== enrolment.etag) {
      throw new HubError("PreconditionFailed", `the etag of ${enrolment.id} is another one`);
    }
    return enrolment;
  }

  function create(description: EnrolmentDescription): Enrolment {
    const { kind, id } = description;
    if (!ENROLMENT_ID.pattern.test(id)) {
      throw new HubError("ArgumentInvalid", `the id of an enrolment is ${ENROLMENT_ID.expected}`);
    }
    if (tables[kind].has(keyOf(id))) throw new HubError("DeviceAlreadyExists", id);
    const attestation = attestationOf(description.attestation);
    return put({ ...description, attestation }, "created");
  }

  return {
    create,
    add: ({ registrationId, ...rest }) => create({ ...rest, kind: "individual", id: registrationId }),
    addGroup: ({ groupId, ...rest }) => create({ ...rest, kind: "group", id: groupId }),
    change(id, { attestation, ...settings }) {
      const old = existing(id);
      const changed = attestation ? attestationOf(attestation, old.attestation) : old.attestation;
      return put({ ...old, ...settings, attestation: changed }, "updated");
    },
    replace(description, { ifMatch } = {}) {
      const old = existing(description.id, description.kind, ifMatch);
      const { id, createdAt, hub, payload } = old;
      const unsaid = { ...(hub ? { hub } : {}), ...(payload === undefined ? {} : { payload }) };
      const attestation = attestationOf(description.attestation, old.attestation);
      return put({ ...unsaid, ...description, id, attestation, createdAt }, "updated");
    },
    remove(id, { kind, ifMatch } = {}) {
      const enrolment = existing(id, kind, ifMatch);
      const ofKind = tables[enrolment.kind];
      store.together(() => {
        table.remove(tableKeyOf(enrolment));
        ofKind.delete(keyOf(id));
        store.onUndone(() => ofKind.set(keyOf(id), enrolment));
        // What became of its device goes with it.
        tell(enrolment, "deleted");
      });
    },
    get: (kind, id) => tables[kind].get(keyOf(id)),
    list: (kind) =>
      [...tables[kind].entries()]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, enrolment]) => enrolment),
    candidatesFor(registrationId) {
      const own = tables.individual.get(keyOf(registrationId));
      return own ? [own] : [...tables.group.values()];
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function tableKeyOf({ kind, id }: Pick<Enrolment, "kind" | "id">): string {
  return `${kind}/${keyOf(id)}`;
}
