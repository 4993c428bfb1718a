import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../../src/local-hub/twins/twins.ts";

/** Few names, so that patches meet what is there; some of them traps. */
const names = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const plain: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.boolean(),
  fc.integer({ min: -9, max: 9 }),
  fc.string({ maxLength: 3 }),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
);

function tree(leaf: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  const { object } = fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
    object: fc
      .array(fc.tuple(names, tie("value")), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs)),
    value: fc.oneof({ depthSize: "small", maxDepth: 3 }, leaf, tie("object")),
  }));
  return object;
}

/** What a twin may hold. */
export const objects = tree(plain);
/** What may be sent to it: with nulls. */
export const patches = tree(fc.oneof(plain, fc.constant(null)));

/** What merging is, written as plainly as can be. */
export function naiveMerge(values: JsonObject, patch: JsonObject): JsonObject {
  const result = structuredCloneOf(values);
  for (const name of Object.keys(patch)) {
    const change = patch[name] as JsonValue;
    const present = Object.hasOwn(result, name) ? result[name] : undefined;
    if (change === null) {
      delete result[name];
      continue;
    }
    const value = isMap(change) ? naiveMerge(isMap(present) ? present : {}, change) : change;
    Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function isMap(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function structuredCloneOf(values: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(values)) as JsonObject;
}
