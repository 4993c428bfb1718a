import type { JsonObject, JsonValue } from "./twins.ts";

/** A JSON object, as opposed to an array, a scalar, and what is no JSON at all. */
export function isObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The object's own property of this name: names such as `constructor` and `__proto__` come from outside. */
export function own<Value>(object: Record<string, Value>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** An object of these properties that nobody changes: what a twin holds is handed out without a copy. */
export function frozen(properties: Iterable<readonly [string, JsonValue]>): JsonObject {
  return Object.freeze(Object.fromEntries(properties));
}
