import { FUNCTION_MARK } from "./protocol.ts";

/** Puts a function where one was before a definition crossed, so that it can be checked as one that did not. */
export function restoreDefinition(data: unknown): unknown {
  if (data === FUNCTION_MARK) return standIn;
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map(restoreDefinition);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, restoreDefinition(value)]));
}

const standIn = (): void => {};
