import type { Policy } from "../policies.ts";
import type { DeviceIdentity } from "../registry.ts";
import {
  CLOCK_SKEW_MS,
  coversPath,
  isExpired,
  parseSharedAccessSignature,
  signingKeyOf,
} from "../shared-access-signature.ts";

/** What a device proved itself with; it is no longer welcome when this no longer counts. */
export interface Credential {
  /** The key that signed, and whose it was. */
  key: string;
  policyName: string | undefined;
  /**
   * When the connection must end, in milliseconds since 1970: at the token's expiry. A token that was let in past it,
   * thanks to the clock skew, lasts until the skew is used up, or the device would be let in and thrown out in a loop.
   */
  goodUntil: number;
}

export type AuthenticationResult =
  | { accepted: true; credential: Credential }
  | { accepted: false; reason: string };

/** What the hub knows, to check a login against. */
export interface AuthenticationContext {
  device: (deviceId: string) => DeviceIdentity | undefined;
  policies: readonly Policy[];
  hostNames: readonly string[];
  now: () => number;
}

/** What a device's CONNECT says. */
export interface Login {
  clientId: string;
  userName: string | undefined;
  password: string | undefined;
}

/**
 * Checks a login as IoT Hub does. The caller answers every refusal with the same CONNACK 5; the reason is for the hub's
 * own log only, since a device is never told which part was wrong.
 */
export function authenticate(login: Login, context: AuthenticationContext): AuthenticationResult {
  const refuse = (reason: string): AuthenticationResult => ({ accepted: false, reason });
  const { clientId } = login;
  const userNameFault = faultOfUserName(login);
  if (userNameFault !== undefined) return refuse(userNameFault);

  const device = context.device(clientId);
  if (device === undefined) return refuse("there is no such device");
  if (device.status === "disabled") return refuse("the device is disabled");

  const now = context.now();
  const token = parseSharedAccessSignature(login.password ?? "");
  if (token === undefined) return refuse("the password is not a shared access signature");
  if (isExpired(token, { now })) {
    const expiry = new Date(token.expiresAt).toISOString();
    return refuse(`the token expired at ${expiry}; is the device's clock right?`);
  }
  if (!context.hostNames.includes(token.host)) {
    return refuse(`the token is for host ${JSON.stringify(token.host)}, which this hub does not answer to`);
  }
  const path = `devices/${clientId}`;
  const policy = context.policies.find(({ name }) => name === token.policyName);
  // A device's own key is good for that device only; a policy's key for all that its resource covers.
  const inScope = token.policyName === undefined ? token.path === path : coversPath(token, path);
  if (!inScope) return refuse("the token is for another resource");
  if (token.policyName !== undefined && !policy?.rights.includes("DeviceConnect")) {
    return refuse("the token's policy does not exist or may not connect devices");
  }
  const key = signingKeyOf(token, keysOf(policy ?? device));
  if (key === undefined)
    return refuse("the token's signature was not made with a key of this device or policy");
  const goodUntil = token.expiresAt > now ? token.expiresAt : token.expiresAt + CLOCK_SKEW_MS;
  return { accepted: true, credential: { key, policyName: token.policyName, goodUntil } };
}

/** Whether a device that got in with this credential would still get in, its token's age aside. */
export function isStillWelcome(
  device: DeviceIdentity | undefined,
  options: { credential: Credential; policies: readonly Policy[] },
): boolean {
  if (device?.status !== "enabled") return false;
  const { key, policyName } = options.credential;
  const holder = policyName === undefined ? device : options.policies.find(({ name }) => name === policyName);
  return holder !== undefined && keysOf(holder).includes(key);
}

function keysOf(holder: { primaryKey: string; secondaryKey: string }): string[] {
  return [holder.primaryKey, holder.secondaryKey];
}

/**
 * `{host}/{device}/?api-version=…&…`, where older SDKs leave the ? out. The host is not looked at (nor does edgeHub),
 * the device must be the client id, and an api-version must be there, whatever its value.
 */
function faultOfUserName({ clientId, userName }: Login): string | undefined {
  const parts = (userName ?? "").split("/");
  const [host, deviceId, query] = parts;
  if (parts.length === 4) return "modules are not part of this hub yet";
  if (parts.length !== 3 || !host || !deviceId || query === undefined) {
    return "the user name is not {host}/{device}/?api-version=…";
  }
  if (deviceId !== clientId) return "the user name is of another device than the client id";
  if (!new URLSearchParams(query.replace(/^\?/, "")).get("api-version")) {
    return "the user name has no api-version";
  }
  return undefined;
}
