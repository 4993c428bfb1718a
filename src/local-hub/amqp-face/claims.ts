import { HubError } from "../hub-error.ts";
import type { Policy } from "../policies.ts";
import { createAuthorize } from "../service-face/authorization.ts";
import { CLOCK_SKEW_MS, parseSharedAccessSignature } from "../shared-access-signature.ts";

/** The tokens that a connection has shown, of which each newer one of the same resource takes the place of the older. */
export interface Claims {
  /** @throws HubError IotHubUnauthorizedAccess, IotHubUnauthorized */
  put(token: string): void;
  /** Whether one of them lets its bearer use this path of the hub, as a service. */
  allow(path: string): boolean;
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
  const byResource = new Map<string, { header: string; goodUntil: number }>();

  return {
    put(header) {
      const token = parseSharedAccessSignature(header);
      if (token === undefined) throw new HubError("IotHubUnauthorizedAccess", "Unauthorized");
      authorize({ header, path: token.path, right: undefined });
      // As of a device's token: one that was let in past its expiry lasts until the clock skew is used up.
      const { expiresAt } = token;
      const goodUntil = expiresAt > now() ? expiresAt : expiresAt + CLOCK_SKEW_MS;
      byResource.set(token.signedResource, { header, goodUntil });
    },

    allow(path) {
      return [...byResource.values()].some(({ header }) => {
        try {
          authorize({ header, path, right: "ServiceConnect" });
          return true;
        } catch {
          return false;
        }
      });
    },

    get goodUntil() {
      const times = [...byResource.values()].map(({ goodUntil }) => goodUntil);
      return times.length === 0 ? undefined : Math.max(...times);
    },
  };
}
