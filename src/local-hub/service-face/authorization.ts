import { HubError } from "../hub-error.ts";
import type { Policy, Right } from "../policies.ts";
import {
  coversPath,
  isExpired,
  parseSharedAccessSignature,
  signingKeyOf,
} from "../shared-access-signature.ts";

/**
 * Checks the Authorization header of a caller of the service face against the hub's policies: without proof of who
 * calls 401002, a proof that has expired, is for something else or gives not this right 401003.
 *
 * @throws HubError IotHubUnauthorizedAccess, IotHubUnauthorized
 */
export function authorize(request: {
  header: string | undefined;
  /** The path of the request, without leading slash. */
  path: string;
  right: Right | undefined;
  policies: readonly Policy[];
  hostNames: readonly string[];
  now: number;
}): void {
  if (!request.header) throw new HubError("IotHubUnauthorized", "Authorization header missing");
  const token = parseSharedAccessSignature(request.header);
  const policy = request.policies.find(({ name }) => name === token?.policyName);
  if (token === undefined || policy === undefined)
    throw new HubError("IotHubUnauthorizedAccess", "Unauthorized");
  if (signingKeyOf(token, [policy.primaryKey, policy.secondaryKey]) === undefined) {
    throw new HubError("IotHubUnauthorizedAccess", "Unauthorized");
  }
  if (isExpired(token, { now: request.now })) {
    throw new HubError("IotHubUnauthorized", "The authorization token has expired");
  }
  if (!request.hostNames.includes(token.host) || !coversPath(token, request.path)) {
    throw new HubError("IotHubUnauthorized", "The authorization token is for another resource");
  }
  if (request.right !== undefined && !policy.rights.includes(request.right)) {
    throw new HubError(
      "IotHubUnauthorized",
      `Authorization rule '${policy.name}' does not allow access for '${request.path}'`,
    );
  }
}
