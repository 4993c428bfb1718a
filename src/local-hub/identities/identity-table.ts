import { randomBytes } from "node:crypto";
import { HubError } from "../hub-error.ts";
import type { Store } from "../store/store.ts";

export type IdentityChange = "created" | "updated" | "deleted";

/** What every identity of the registry has, be it of a device or of a module. */
export interface Stamp {
  /** Tells it from an earlier one of the same id. */
  generationId: string;
  /** Changes with every change of the identity; without quotes. */
  etag: string;
}

/** Identities by their client id, each changed only by those who know its present etag. */
export interface IdentityTable<Identity extends Stamp> {
  get(clientId: string): Identity | undefined;
  /** All, in the order they were made. */
  list(): Identity[];
  add(clientId: string, make: (stamp: Pick<Stamp, "generationId">) => Omit<Identity, keyof Stamp>): Identity;
  /** `ifMatch` is an etag, or "*" for any. */
  change(
    clientId: string,
    options: { ifMatch: string; change: (old: Identity) => Identity },
  ): Promise<Identity>;
  remove(clientId: string, options: { ifMatch: string }): Promise<void>;
  /** Removes what is there, if it is, whatever its etag. */
  drop(clientId: string): void;
  /** Called after each change took effect in memory. */
  onChange(listener: (clientId: string, change: IdentityChange) => void): void;
}

/**
 * The identities that the store keeps under `name`. A change is kept, then told to the listeners; what they change with it
 * is kept together with it. `missing` and `present` make the errors for an id that is not there, or is there already.
 */
export function createIdentityTable<Identity extends Stamp>(options: {
  store: Store;
  name: string;
  now: () => number;
  missing: (clientId: string) => HubError;
  present: (clientId: string) => HubError;
  /** Gives one that an earlier version kept what it lacks. */
  complete?: (kept: Identity) => Identity;
}): IdentityTable<Identity> {
  const { store, name, now, missing, present, complete = (kept) => kept } = options;
  const table = store.table<Identity>(name);
  const identities = new Map(
    table.kept().map(([clientId, identity]) => [clientId, complete(identity)] as const),
  );
  const listeners: Array<(clientId: string, change: IdentityChange) => void> = [];

  function tell(clientId: string, change: IdentityChange): void {
    for (const listener of listeners) listener(clientId, change);
  }

  function matched(clientId: string, ifMatch: string): Identity {
    const identity = identities.get(clientId);
    if (identity === undefined) throw missing(clientId);
    if (ifMatch !== "*" && ifMatch !== identity.etag) {
      throw new HubError("PreconditionFailed", `the etag of ${clientId} is another one`);
    }
    return identity;
  }

  function drop(clientId: string): void {
    const identity = identities.get(clientId);
    if (identity === undefined) return;
    store.together(() => {
      table.remove(clientId);
      identities.delete(clientId);
      store.onUndone(() => identities.set(clientId, identity));
      tell(clientId, "deleted");
    });
  }

  function put(clientId: string, identity: Identity, change: IdentityChange): Identity {
    const old = identities.get(clientId);
    store.together(() => {
      table.put(clientId, identity);
      identities.set(clientId, identity);
      store.onUndone(() => (old ? identities.set(clientId, old) : identities.delete(clientId)));
      tell(clientId, change);
    });
    return { ...identity };
  }

  return {
    get(clientId) {
      const identity = identities.get(clientId);
      return identity && { ...identity };
    },

    list: () => [...identities.values()].map((identity) => ({ ...identity })),

    add(clientId, make) {
      if (identities.has(clientId)) throw present(clientId);
      const generationId = `${now()}${randomBytes(2).readUInt16BE()}`;
      const stamped = { ...make({ generationId }), generationId, etag: newEtag() } as Identity;
      return put(clientId, stamped, "created");
    },

    async change(clientId, { ifMatch, change }) {
      const changed = change(matched(clientId, ifMatch));
      return put(clientId, { ...changed, etag: newEtag() }, "updated");
    },

    async remove(clientId, { ifMatch }) {
      matched(clientId, ifMatch);
      drop(clientId);
    },

    drop,

    onChange(listener) {
      listeners.push(listener);
    },
  };
}

/** Etags of the service are base64 of a number; any opaque base64 will do. */
function newEtag(): string {
  return randomBytes(6).toString("base64");
}
