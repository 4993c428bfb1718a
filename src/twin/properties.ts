import { isDeepStrictEqual } from "node:util";
import { isMapping } from "../mapping.ts";

/** Properties of a twin as JSON has them. In a patch null removes (RFC 7396, as the hub merges). */
export type PropertyObject = { readonly [name: string]: unknown };

/** What an object has of its own under a name; names come from outside, and may be `constructor`. */
export function own(object: PropertyObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export const isEmpty = (object: PropertyObject): boolean => Object.keys(object).length === 0;

export const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

/** The same object without these names. */
export function without(object: PropertyObject, isOut: (name: string) => boolean): PropertyObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isOut(name)));
}

/** `values` with the patch merged into them: objects one by one, all else in place of what was there. */
export function merge(values: PropertyObject, patch: PropertyObject): PropertyObject {
  // Not by assignment, which does something else for `__proto__`.
  const merged = new Map(Object.entries(values));
  for (const [name, change] of Object.entries(patch)) {
    const present = own(values, name);
    if (change === null) merged.delete(name);
    else merged.set(name, isMapping(change) ? merge(isMapping(present) ? present : {}, change) : change);
  }
  return Object.fromEntries(merged);
}

/** The smallest patch that makes `to` of `from`; empty if they are the same. */
export function patchBetween(from: PropertyObject, to: PropertyObject): PropertyObject {
  const patch: [string, unknown][] = [];
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) patch.push([name, null]);
  for (const [name, value] of Object.entries(to)) {
    const present = own(from, name);
    if (isMapping(present) && isMapping(value)) {
      const below = patchBetween(present, value);
      if (!isEmpty(below)) patch.push([name, below]);
    } else if (!isSame(present, value)) patch.push([name, value]);
  }
  return Object.fromEntries(patch);
}
