import { newKey } from "../../credentials/policies.ts";
import {
  coversPath,
  isExpired,
  parseSharedAccessSignature,
  signingKeyOf,
} from "../../credentials/shared-access-signature.ts";
import type { Table } from "../../store/store.ts";

/** The shared access policy of the service; keys are base64. */
export interface ServicePolicy {
  name: string;
  primaryKey: string;
  secondaryKey: string;
}

/** The one that every new service has, and that may do all (learn.microsoft.com, "Control access to DPS"). */
const OWNER = "provisioningserviceowner";

/** The policy with the keys that the table keeps of it; they are made and kept if it has none. */
export function openServicePolicy(table: Table<ServicePolicy>): ServicePolicy {
  const there = new Map(table.kept()).get(OWNER);
  if (there !== undefined) return there;
  const made = { name: OWNER, primaryKey: newKey(), secondaryKey: newKey() };
  table.put(OWNER, made);
  return made;
}

/** Why a caller may not call, if it may not; for the log, as it is told no more than 401. */
export function authorizationFault(
  header: string | undefined,
  options: { path: string; policy: ServicePolicy; hostNames: readonly string[]; now: number },
): string | undefined {
  const { path, policy, hostNames, now } = options;
  if (!header) return "there is no Authorization header";
  const token = parseSharedAccessSignature(header);
  if (token === undefined) return "the Authorization header is no shared access signature";
  if (token.policyName !== policy.name) return `the token's skn is not ${policy.name}`;
  if (signingKeyOf(token, [policy.primaryKey, policy.secondaryKey]) === undefined) {
    return "the token's signature was not made with a key of its policy";
  }
  if (isExpired(token, { now })) return `the token expired at ${new Date(token.expiresAt).toISOString()}`;
  if (!hostNames.includes(token.host) || !coversPath(token, path.replace(/^\//, ""))) {
    return "the token is for another resource";
  }
  return undefined;
}
