import { randomBytes } from "node:crypto";
import type { Store } from "../store/store.ts";

/** What a shared access policy lets its bearer do (learn.microsoft.com, "Control access to IoT Hub"). */
export type Right = "RegistryRead" | "RegistryWrite" | "ServiceConnect" | "DeviceConnect";

/** A shared access policy of the hub: a name, two keys (base64), and its rights. */
export interface Policy {
  name: string;
  rights: Right[];
  primaryKey: string;
  secondaryKey: string;
}

/** The name of the policy that may do everything, and that the service connection string names. */
export const OWNER_POLICY = "iothubowner";

/** The five policies that every new hub of the service has. */
const BUILT_IN_POLICIES: Record<string, Right[]> = {
  [OWNER_POLICY]: ["RegistryRead", "RegistryWrite", "ServiceConnect", "DeviceConnect"],
  service: ["ServiceConnect"],
  device: ["DeviceConnect"],
  registryRead: ["RegistryRead"],
  registryReadWrite: ["RegistryRead", "RegistryWrite"],
};

/** A new key: 32 random bytes, in base64. */
export function newKey(): string {
  return randomBytes(32).toString("base64");
}

/** The built-in policies, with the keys that the store keeps of them; what it lacks is made and kept. */
export function openPolicies(store: Store): Policy[] {
  const table = store.table<Policy>("policies");
  const kept = new Map(table.kept());
  return store.together(() =>
    Object.entries(BUILT_IN_POLICIES).map(([name, rights]) => {
      const there = kept.get(name);
      if (there !== undefined) return there;
      const made = { name, rights, primaryKey: newKey(), secondaryKey: newKey() };
      table.put(name, made);
      return made;
    }),
  );
}
