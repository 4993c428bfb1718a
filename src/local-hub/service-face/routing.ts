import type { IncomingHttpHeaders } from "node:http";
import type { Right } from "../credentials/policies.ts";
import type { Answer } from "./answers.ts";

/** Where everything is that the service does not have: no path of it begins like this. */
export const OUR_PATHS = "/hubhand/";
/** Where faults on request are asked for. */
export const FAULTS_PATH = `${OUR_PATHS}faults`;

/** A call of the service face, authorized and read. */
export interface ServiceRequest {
  /** The parts of the path that the route left open, decoded. */
  parameters: Record<string, string>;
  query: URLSearchParams;
  /** Header names in lower case. */
  header: (name: string) => string | undefined;
  headers: IncomingHttpHeaders;
  /** Empty if there is none. */
  body: Buffer;
  /** Aborted when the caller has gone. */
  signal: AbortSignal;
}

/** One operation of the service: where it is, what its caller must be allowed, and what it does. */
export interface Route {
  method: "GET" | "PUT" | "POST" | "DELETE" | "PATCH";
  /** `/devices/{deviceId}`: a part in braces is open. */
  path: string;
  right: Right;
  handle(request: ServiceRequest): Answer | Promise<Answer>;
}

/** The first route that fits, with the values of its open parts; a part that cannot be decoded fits nothing. */
export function findRoute<Found extends Pick<Route, "method" | "path">>(
  routes: readonly Found[],
  request: { method: string; path: string },
): { route: Found; parameters: Record<string, string> } | undefined {
  const parts = partsOf(request.path);
  for (const route of routes) {
    const parameters = route.method === request.method ? match(patternOf(route.path), parts) : undefined;
    if (parameters !== undefined) return { route, parameters };
  }
  return undefined;
}

/** The values of the open parts of a route's path in a path that fits it. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  return match(patternOf(pattern), partsOf(path));
}

/** The path of a route: the words that it asks for, and the names of the parts that it leaves open. */
type Pattern = ReadonlyArray<{ word: string } | { open: string }>;

/** By their text: there are as many as there are routes. */
const patterns = new Map<string, Pattern>();

function patternOf(path: string): Pattern {
  let pattern = patterns.get(path);
  if (pattern === undefined) {
    pattern = partsOf(path).map((part) =>
      part.startsWith("{") ? { open: part.slice(1, -1) } : { word: part },
    );
    patterns.set(path, pattern);
  }
  return pattern;
}

/** A slash at the end does not count: `azure-iothub` lists devices at `/devices/`. */
function partsOf(path: string): string[] {
  return path
    .slice(path.startsWith("/") ? 1 : 0, path.length > 1 && path.endsWith("/") ? -1 : undefined)
    .split("/");
}

function match(pattern: Pattern, parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  // The words first: most routes are another's, which must not cost a decoding.
  for (const [index, expected] of pattern.entries()) {
    if ("word" in expected && decode(parts[index] ?? "") !== expected.word) return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    if ("word" in expected) continue;
    const part = decode(parts[index] ?? "");
    if (part === undefined || part === "") return undefined;
    parameters[expected.open] = part;
  }
  return parameters;
}

function decode(part: string): string | undefined {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
