import type { Policy, Right } from "../credentials/policies.ts";
import {
  coversPath,
  isExpired,
  parseSharedAccessSignature,
  type SharedAccessSignature,
  signingKeyOf,
} from "../credentials/shared-access-signature.ts";
import { HubError } from "../hub-error.ts";

/** How many proofs are remembered, and of which length at the most: those of the SDKs have some 200 characters. */
const REMEMBERED = 64;
const REMEMBERED_LENGTH = 1024;

/** Checks who calls. @throws HubError IotHubUnauthorizedAccess, IotHubUnauthorized */
export type Authorize = (request: {
  header: string | undefined;
  /** The path of the request, without leading slash. */
  path: string;
  right: Right | undefined;
}) => void;

/**
 * Checks the Authorization header of a caller of the service face against the hub's policies: without proof of who
 * calls 401002, a proof that has expired, is for something else or gives not this right 401003.
 */
export function createAuthorize(options: {
  policies: readonly Policy[];
  hostNames: readonly string[];
  now: () => number;
}): Authorize {
  const { policies, hostNames, now } = options;
  const signatureOf = rememberSignatures(policies);

  return ({ header, path, right }) => {
    if (!header) throw new HubError("IotHubUnauthorized", "Authorization header missing");
    const { token, policy } = signatureOf(header);
    if (isExpired(token, { now: now() })) {
      throw new HubError("IotHubUnauthorized", "The authorization token has expired");
    }
    if (!hostNames.includes(token.host) || !coversPath(token, path)) {
      throw new HubError("IotHubUnauthorized", "The authorization token is for another resource");
    }
    if (right !== undefined && !policy.rights.includes(right)) {
      throw new HubError(
        "IotHubUnauthorized",
        `Authorization rule '${policy.name}' does not allow access for '${path}'`,
      );
    }
  };
}

interface Signature {
  token: SharedAccessSignature;
  /** The one that signed. */
  key: string;
}

/**
 * The signature in a header, checked against the policy that it names. A back end sends the same one with many calls, and
 * checking it would be a tenth of what a call costs: it is remembered for as long as its key is the policy's.
 */
function rememberSignatures(
  policies: readonly Policy[],
): (header: string) => { token: SharedAccessSignature; policy: Policy } {
  const remembered = new Map<string, Signature>();

  return (header) => {
    const known = remembered.get(header);
    const token = known?.token ?? parseSharedAccessSignature(header);
    const policy = policies.find(({ name }) => name === token?.policyName);
    if (token === undefined || policy === undefined) throw unauthorized();
    const keys = [policy.primaryKey, policy.secondaryKey];
    if (known !== undefined && keys.includes(known.key)) return { token, policy };
    const key = signingKeyOf(token, keys);
    if (key === undefined) throw unauthorized();
    if (header.length <= REMEMBERED_LENGTH) {
      if (remembered.size >= REMEMBERED) remembered.clear();
      remembered.set(header, { token, key });
    }
    return { token, policy };
  };
}

function unauthorized(): HubError {
  return new HubError("IotHubUnauthorizedAccess", "Unauthorized");
}
