import { findRoute, matchPath } from "../../service-face/routing.ts";
import type { Proof } from "../attestation.ts";
import { ProvisioningError } from "../provisioning-error.ts";

/** A call of the REST API, read; of a service that has shown that it may. */
export interface RestRequest {
  /** The parts of the path that the route left open, decoded. */
  parameters: Record<string, string>;
  /** Header names in lower case. */
  header: (name: string) => string | undefined;
  /** Empty if there is none. */
  body: Buffer;
  /** By what a device proves who it is. */
  proof: Proof;
}

export interface RestAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON; nothing if absent. */
  body?: unknown;
}

/** One operation: where it is, whose it is, and what it does. */
export interface RestRoute {
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** `/enrollments/{id}`: a part in braces is open; the others are in lower case. */
  path: string;
  /** A service proves itself before, a device by what it asks with. */
  caller: "service" | "device";
  handle(request: RestRequest): RestAnswer | Promise<RestAnswer>;
}

/**
 * The route of a request. What stands in a path for itself may be in any spelling: the service SDK writes both
 * `enrollmentGroups` and `enrollmentgroups`. @throws ProvisioningError not-found, wrong-method
 */
export function routeOf(
  routes: readonly RestRoute[],
  request: { method: string; path: string },
): { route: RestRoute; parameters: Record<string, string> } {
  const found = findRoute(routes, { ...request, path: withPlainWords(request.path) });
  if (found) return found;
  const path = withPlainWords(request.path);
  if (routes.some((route) => matchPath(route.path, path) !== undefined)) {
    throw new ProvisioningError("wrong-method", "the path takes another method, or lacks an id");
  }
  throw new ProvisioningError("not-found", "this service has no such operation");
}

/** The fixed words of the routes, wherever they stand. An id that is one of them is the same in any spelling. */
const WORDS =
  /\/(enrollments|enrollmentgroups|registrations|query|attestationmechanism|register|operations)(?=\/|$)/gi;

function withPlainWords(path: string): string {
  return path.replace(WORDS, (word) => word.toLowerCase());
}
