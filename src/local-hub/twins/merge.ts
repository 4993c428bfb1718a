import { isObject, own, put } from "./json.ts";
import type { JsonObject } from "./twins.ts";

/**
 * `values` with the patch merged into them: objects one by one, all else in place of what was there; null removes. What this
 * file makes is frozen, if what it is made of is.
 */
export function merge(values: JsonObject, patch: JsonObject): JsonObject {
  const merged = { ...values };
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete merged[name];
    else put(merged, name, isObject(change) ? merge(objectAt(values, name) ?? {}, change) : change);
  }
  return Object.freeze(merged);
}

/**
 * What a patch changes. The service asks only whether properties are there, never whether their value is another one: so
 * removing what is not there, or adding an empty object where there is an object, is no change, and giving a property the
 * value that it has is one (Azure/azure-iot-sdk-csharp issue 954, azure-iot-sdk-node issue 64).
 */
export function changeOf(values: JsonObject, patch: JsonObject): JsonObject {
  const changes: JsonObject = {};
  for (const [name, change] of Object.entries(patch)) {
    const present = objectAt(values, name);
    if (change === null) {
      if (Object.hasOwn(values, name)) put(changes, name, null);
    } else if (!isObject(change)) {
      put(changes, name, change);
    } else if (present === undefined) {
      put(changes, name, merge({}, change));
    } else {
      const below = changeOf(present, change);
      if (Object.keys(below).length > 0) put(changes, name, below);
    }
  }
  return Object.freeze(changes);
}

/**
 * The patch that makes `next` of `values`, and that a device is told of a replacement: null for what goes, everything else
 * as it is (the same issue 954: `{a:1,b:2}` replaced by `{a:1,c:100}` is told as `{a:1,b:null,c:100}`).
 */
export function replacementPatch(values: JsonObject, next: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const name of Object.keys(values)) {
    if ((own(next, name) ?? null) === null) put(patch, name, null);
  }
  for (const [name, value] of Object.entries(next)) {
    const present = objectAt(values, name);
    if (value === null) continue;
    put(patch, name, isObject(value) && present !== undefined ? replacementPatch(present, value) : value);
  }
  return Object.freeze(patch);
}

function objectAt(values: JsonObject, name: string): JsonObject | undefined {
  const value = own(values, name);
  return isObject(value) ? value : undefined;
}
