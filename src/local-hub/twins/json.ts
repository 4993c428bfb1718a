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

/** Gives the object a property of its own, whatever its name: `__proto__` would otherwise be no property. */
export function put<Value>(object: Record<string, Value>, name: string, value: Value): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Freezes JSON through and through, in place: what a twin holds is handed out without a copy. */
export function freeze(value: JsonValue): void {
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) freeze(item);
  Object.freeze(value);
}
