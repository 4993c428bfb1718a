import type { Policy } from "../credentials/policies.ts";
import {
  CLOCK_SKEW_MS,
  coversPath,
  parseSharedAccessSignature,
  type SharedAccessSignature,
  signingKeyOf,
} from "../credentials/shared-access-signature.ts";
import { HubError } from "../hub-error.ts";
import { withoutPort } from "../ports/host-names.ts";
import { createAuthorize } from "../service-face/authorization.ts";

/** The tokens that a connection has shown, of which each newer one of the same resource takes the place of the older. */
export interface Claims {
  /** @throws HubError IotHubUnauthorizedAccess, IotHubUnauthorized */
  put(token: string): void;
  /** Whether one of them lets its bearer use this path of the hub, as a service. */
  allow(path: string): boolean;
  /** Whether its bearer came to the hub for what is in its Event Hub, and so is to be led on from this path. */
  isToBeLedOn(path: string): boolean;
  /** When the last of them is over, in milliseconds since 1970; undefined before the first. */
  readonly goodUntil: number | undefined;
}

export interface ClaimsContext {
  policies: readonly Policy[];
  hostNames: readonly string[];
  now: () => number;
}

export function createClaims(context: ClaimsContext): Claims {
  const { now } = context;
  const authorize = createAuthorize(context);
  const byResource = new Map<string, Claim>();

  const may = ({ allow }: Claim, path: string): boolean => {
    try {
      allow(path);
      return true;
    } catch {
      return false;
    }
  };

  return {
    put(header) {
      const token = parseSharedAccessSignature(header);
      if (token === undefined) throw new HubError("IotHubUnauthorizedAccess", "Unauthorized");
      const check = (path: string | undefined) => {
        if (isOfEventHub(token)) authorizeEventHub(token, { ...context, path });
        else
          authorize({
            header,
            path: path ?? token.path,
            right: path === undefined ? undefined : "ServiceConnect",
          });
      };
      check(undefined);
      // As of a device's token: one that was let in past its expiry lasts until the clock skew is used up.
      const { expiresAt } = token;
      const goodUntil = expiresAt > now() ? expiresAt : expiresAt + CLOCK_SKEW_MS;
      const cameToHub = isOfEventHub(token) && isSignedAsForHub(token, context.policies);
      byResource.set(token.signedResource, { allow: check, goodUntil, cameToHub });
    },

    allow: (path) => [...byResource.values()].some((claim) => may(claim, path)),
    isToBeLedOn: (path) => [...byResource.values()].some((claim) => claim.cameToHub && may(claim, path)),

    get goodUntil() {
      const times = [...byResource.values()].map(({ goodUntil }) => goodUntil);
      return times.length === 0 ? undefined : Math.max(...times);
    },
  };
}

interface Claim {
  allow: (path: string) => void;
  goodUntil: number;
  cameToHub: boolean;
}

/**
 * The key is base64 of what signs, as in a token for the hub: a client of Event Hubs that was given the hub's connection
 * string (@azure/amqp-common, iotSas.ts).
 */
function isSignedAsForHub(token: SharedAccessSignature, policies: readonly Policy[]): boolean {
  const policy = policies.find(({ name }) => name === token.policyName);
  const keys = policy ? [policy.primaryKey, policy.secondaryKey] : [];
  return signingKeyOf(token, keys) !== undefined;
}

/** A resource `sb://{host}/{path}`, as the clients of Event Hubs write it. */
function isOfEventHub({ host }: SharedAccessSignature): boolean {
  return host === "sb";
}

/**
 * The same checks for a token of an Event Hub's client: it signs with the text of the key, and not with what the text is
 * base64 of (@azure/core-amqp, tokenProvider.js), unless it has yet to be led to the Event Hub.
 */
function authorizeEventHub(
  token: SharedAccessSignature,
  { policies, hostNames, now, path }: ClaimsContext & { path: string | undefined },
): void {
  const policy = policies.find(({ name }) => name === token.policyName);
  const keys = policy ? [policy.primaryKey, policy.secondaryKey] : [];
  if (
    signingKeyOf(
      token,
      keys.map((key) => Buffer.from(key).toString("base64")),
    ) === undefined &&
    !isSignedAsForHub(token, policies)
  ) {
    throw new HubError("IotHubUnauthorizedAccess", "Unauthorized");
  }
  if (token.expiresAt + CLOCK_SKEW_MS <= now()) {
    throw new HubError("IotHubUnauthorized", "The authorization token has expired");
  }
  // What is left of `//{host}/{path}`; names in it have no capitals of their own.
  const [host = "", ...parts] = token.path.replace(/^\/*/, "").split("/");
  const covered = { ...token, path: parts.join("/").toLowerCase() };
  if (!hostNames.includes(withoutPort(host)) || (path !== undefined && !coversPath(covered, path))) {
    throw new HubError("IotHubUnauthorized", "The authorization token is for another resource");
  }
  if (path !== undefined && !policy?.rights.includes("ServiceConnect")) {
    throw new HubError("IotHubUnauthorized", "its policy does not have the right ServiceConnect");
  }
}
