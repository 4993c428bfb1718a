import { resourceOf } from "../client-id.ts";
import type { Policy } from "../credentials/policies.ts";
import {
  CLOCK_SKEW_MS,
  coversPath,
  isExpired,
  parseSharedAccessSignature,
  signingKeyOf,
} from "../credentials/shared-access-signature.ts";
import type { ConnectingIdentity } from "../identities/find-identity.ts";

/** The token a device or module gave as its password, as far as it must be remembered. */
export interface TokenCredential {
  kind: "token";
  /** The key that signed, and whose it was: the identity's own if there is no policy. */
  key: string;
  policyName: string | undefined;
  /**
   * When the connection must end, in milliseconds since 1970: at the token's expiry. A token that was let in past it,
   * thanks to the clock skew, lasts until the skew is used up, or the device would be let in and thrown out in a loop.
   */
  goodUntil: number;
}

/** Whether a device or module may come in by this token: the credential, or why not. */
export function checkToken(
  password: string | undefined,
  options: {
    clientId: string;
    identity: ConnectingIdentity;
    policies: readonly Policy[];
    hostNames: readonly string[];
    now: number;
  },
): TokenCredential | { fault: string } {
  const { clientId, identity, policies, hostNames, now } = options;
  const token = parseSharedAccessSignature(password ?? "");
  if (token === undefined) return { fault: "the password is not a shared access signature" };
  if (isExpired(token, { now })) {
    const expiry = new Date(token.expiresAt).toISOString();
    return { fault: `the token expired at ${expiry}; is the device's clock right?` };
  }
  if (!hostNames.includes(token.host)) {
    return {
      fault: `the token is for host ${JSON.stringify(token.host)}, which this hub does not answer to`,
    };
  }
  const { policyName } = token;
  const path = resourceOf(clientId);
  const policy = policies.find(({ name }) => name === policyName);
  // An identity's own key is good for itself only; a policy's key for all that its resource covers.
  const inScope = policyName === undefined ? token.path === path : coversPath(token, path);
  if (!inScope) return { fault: "the token is for another resource" };
  if (policyName !== undefined && !policy?.rights.includes("DeviceConnect")) {
    return { fault: "the token's policy does not exist or may not connect devices" };
  }
  const key = signingKeyOf(token, keysOf(policy ?? identity));
  if (key === undefined) {
    return { fault: "the token's signature was not made with a key of this device, module or policy" };
  }
  const goodUntil = token.expiresAt > now ? token.expiresAt : token.expiresAt + CLOCK_SKEW_MS;
  return { kind: "token", key, policyName, goodUntil };
}

/** Whether the key that signed is still one of its holder's. */
export function isKeyStillHeld(
  identity: ConnectingIdentity,
  options: { credential: TokenCredential; policies: readonly Policy[] },
): boolean {
  const { key, policyName } = options.credential;
  const holder =
    policyName === undefined ? identity : options.policies.find(({ name }) => name === policyName);
  return holder !== undefined && keysOf(holder).includes(key);
}

function keysOf(holder: { primaryKey: string; secondaryKey: string }): string[] {
  return [holder.primaryKey, holder.secondaryKey];
}
