import fc from "fast-check";
import { expect, test } from "vitest";
import { checkedPatch, checkSize, sizeOf } from "../../../src/local-hub/twins/limits.ts";
import { changeOf, merge, replacementPatch } from "../../../src/local-hub/twins/merge.ts";
import { toMetadata } from "../../../src/local-hub/twins/stamps.ts";
import { newRecord, patched, replaced, reported } from "../../../src/local-hub/twins/twin-record.ts";
import type { JsonObject, JsonValue } from "../../../src/local-hub/twins/twins.ts";
import { naiveMerge, objects, patches } from "./support/naive-twin.ts";

/** `{a:{a:…{}}}`, so many objects in the outermost. */
function nested(levels: number, innermost: JsonValue = {}): JsonObject {
  return { a: levels === 1 ? innermost : nested(levels - 1, innermost) };
}

test.each<[string, JsonObject]>([
  [
    "booleans, numbers, texts, arrays and objects",
    { a: true, b: -1.5, c: "x", d: [1, ["y"]], e: { f: false } },
  ],
  ["null, which removes", { a: null, b: { c: null } }],
  ["the least and the greatest integer", { a: -4503599627370496, b: 4503599627370495 }],
  ["floating-point numbers beyond the integers", { a: 1.7976931348623157e308, b: -1e21 }],
  ["a text of 4 KB", { a: "x".repeat(4096), b: "ü".repeat(2048) }],
  ["a name of 1 KB", { ["n".repeat(1024)]: 1 }],
  ["names that mean something to JavaScript", JSON.parse('{"__proto__":1,"constructor":{"toString":2}}')],
  ["any other character in a name", { "é-_/\\\"'()[]{}:;,?!%&*+@~´": 1 }],
  ["ten levels below the section", nested(10, { property: "value" })],
  ["an array at the tenth level", nested(10, [1])],
])("a twin takes %s", (_what, patch) => {
  const checked = checkedPatch(patch);
  expect(JSON.stringify(checked)).toBe(JSON.stringify(patch));
  expect(Object.getPrototypeOf(checked)).toBe(Object.prototype);
});

const INVALID_NAME =
  /^Property or Tag name has invalid characters\. Error in Property\/Tag .+\. Must not contain Control Characters, '\.', '\$', '#', or ' '\.$/;

test.each<[string, unknown, RegExp]>([
  ["a dot in a name", { "a.b": 1 }, INVALID_NAME],
  ["a dollar sign in a name", { $version: 1 }, INVALID_NAME],
  ["a hash sign in a name", { "a#": 1 }, INVALID_NAME],
  ["a space in a name", { a: { "b c": 1 } }, INVALID_NAME],
  ["a control character of C0 in a name", { "a\u0001": 1 }, INVALID_NAME],
  ["a control character of C1 in a name", { "a\u0085": 1 }, INVALID_NAME],
  ["such a name within an array", { a: [{ $b: 1 }] }, INVALID_NAME],
  ["a name that is removed", { "a.b": null }, INVALID_NAME],
  ["a name over 1 KB", { ["ü".repeat(513)]: 1 }, /name should be maximum 1024 bytes/],
  [
    "a text over 4 KB",
    { a: "ü".repeat(2049) },
    /^Property or Tag value should be maximum 4096 bytes\. Error in Property\/Tag a$/,
  ],
  ["a text over 4 KB in an array", { a: ["x".repeat(4097)] }, /maximum 4096 bytes/],
  ["too great an integer", { a: 4503599627370496 }, /from -4503599627370496 to 4503599627370495/],
  ["too small an integer", { a: -4503599627370497 }, /from -4503599627370496 to 4503599627370495/],
  [
    "a number that JavaScript reads as infinite",
    JSON.parse('{"a":1e400}'),
    /not a valid 'tags' or 'properties' object/,
  ],
  ["null in an array", { a: [1, null] }, /arrays cannot hold null/],
  ["null in an object in an array", { a: [{ b: null }] }, /arrays cannot hold null/],
  ["eleven levels", nested(11, {}), /its depth exceeds 10/],
  ["an array at the eleventh level", nested(11, []), /its depth exceeds 10/],
  ["a million levels", JSON.parse(`{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`), /its depth exceeds 10/],
  ["an array in place of a section", [], /not a valid 'tags' or 'properties' object/],
  ["a text in place of a section", "x", /not a valid 'tags' or 'properties' object/],
  ["what is no JSON", { a: new Date(0) }, /not a valid 'tags' or 'properties' object/],
])("a twin refuses %s", (_what, patch, message) => {
  const { code, message: said } = errorOf(() => checkedPatch(patch));
  expect(code).toBe("ArgumentInvalid");
  expect(said).toMatch(message);
});

test.each<[JsonValue, number]>([
  ["é\u0000\u0085", 2],
  [12345.678, 8],
  [false, 4],
  [{ abc: { d: "ef" }, g: [1, true, "hi"] }, 3 + 1 + 2 + 1 + 8 + 4 + 2],
  [[], 0],
])("the size of %j is %i", (value, size) => {
  expect(sizeOf(value)).toBe(size);
});

test.each([
  ["Tags", 8192],
  ["Properties.Desired", 32768],
  ["Properties.Reported", 32768],
] as const)("%s may have %i bytes, and not one more", (part, limit) => {
  const texts = (bytes: number) => Object.fromEntries(filled(bytes));
  expect(sizeOf(texts(limit))).toBe(limit);
  checkSize(part, sizeOf(texts(limit)));
  expect(errorOf(() => checkSize(part, sizeOf(texts(limit + 1))))).toMatchObject({
    code: "DeviceModelMaxPropertiesExceeded",
    status: 403,
    message: `'${part}' size should be less than ${limit} bytes.`,
  });
});

test("the size that counts is that of what a patch makes, not of the patch", () => {
  const large = (name: string) => ({ [name]: Array.from({ length: 4 }, () => "x".repeat(4000)) });
  const twice = patched(
    patched(newRecord(0), { properties: { desired: large("a") } }, 1).record,
    {
      properties: { desired: large("b") },
    },
    2,
  ).record;
  expect(() => patched(twice, { properties: { desired: large("c") } }, 3)).toThrow("Properties.Desired");
  patched(twice, { properties: { desired: { ...large("c"), a: null } } }, 3);
  replaced(twice, { properties: { desired: large("c") } }, 3);
});

test("a patch merges as one would do it by hand, and changes neither what it was nor itself", () => {
  fc.assert(
    fc.property(objects, patches, (values, patch) => {
      const before = JSON.stringify([values, patch]);
      expect(merge(values, patch)).toEqual(naiveMerge(values, patch));
      expect(JSON.stringify([values, patch])).toBe(before);
    }),
  );
});

test("what a patch changes is as good as the patch, and empty only where the patch leaves all as it is", () => {
  fc.assert(
    fc.property(objects, patches, (values, patch) => {
      const change = changeOf(values, patch);
      expect(merge(values, change)).toEqual(merge(values, patch));
      if (Object.keys(change).length === 0) expect(merge(values, patch)).toEqual(values);
    }),
  );
});

test("the patch that a replacement is told as makes the one of the other", () => {
  fc.assert(
    fc.property(objects, objects, (values, next) => {
      expect(merge(values, replacementPatch(values, next))).toEqual(next);
    }),
  );
});

test.each<[string, JsonObject, JsonObject, JsonObject]>([
  ["a value given again is a change", { a: 1 }, { a: 1 }, { a: 1 }],
  ["to remove what is not there is none", { a: 1 }, { b: null, c: { d: null } }, { c: {} }],
  ["nor is an empty object in place of an object", { a: { b: 1 } }, { a: {} }, {}],
  ["nor to remove, within an object, what is not there", { a: { b: 1 } }, { a: { c: null } }, {}],
  ["an object in place of a value is one", { a: 1 }, { a: {} }, { a: {} }],
  ["an array is a value", { a: [1, 2] }, { a: [] }, { a: [] }],
])("%s", (_what, values, patch, change) => {
  expect(changeOf(values, patch)).toEqual(change);
});

test("metadata keeps, through any patches, when and in which version each property last changed", () => {
  fc.assert(
    fc.property(fc.array(patches, { maxLength: 8 }), (all) => {
      let record = newRecord(0);
      let model: Model = { stamp: { $lastUpdated: "1970-01-01T00:00:00.000Z" }, below: new Map() };
      for (const [index, patch] of all.entries()) {
        const before = record.desired;
        record = patched(record, { properties: { desired: patch } }, index + 1).record;
        if (record.desired === before) continue;
        const $lastUpdated = new Date(index + 1).toISOString();
        const stamp = { $lastUpdated, $lastUpdatedVersion: record.desired.version };
        model = stamped(model, changeOf(before.values, patch), stamp);
      }
      expect(toMetadata(record.desired.stamps, record.desired.values)).toEqual(shown(model));
      expect(JSON.parse(JSON.stringify(record.desired.stamps))).toEqual(record.desired.stamps);
    }),
  );
});

test("a large section that is set whole, time and again, is kept with one stamp", () => {
  let record = newRecord(0);
  const large = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`n${n}`, { value: n }]));
  for (const now of [1, 2, 3]) record = reported(record, large, now);
  expect(record.reported.stamps).toEqual([3]);
  record = reported(record, { n7: { value: 8 } }, 4);
  expect(JSON.stringify(record.reported.stamps).length).toBeLessThan(100);
  expect(toMetadata(record.reported.stamps, record.reported.values)).toMatchObject({
    $lastUpdated: "1970-01-01T00:00:00.004Z",
    n6: { value: { $lastUpdated: "1970-01-01T00:00:00.003Z" } },
    n7: { value: { $lastUpdated: "1970-01-01T00:00:00.004Z" } },
  });
});

test("every change by a back end has an edition of its own; one that changes nothing has none; a report leaves it alone", () => {
  const fresh = newRecord(0);
  const tagged = patched(fresh, { tags: { a: 1 } }, 1);
  expect(tagged).toEqual({ record: { ...fresh, edition: 2, tags: { values: { a: 1 }, size: 9 } } });
  const both = patched(tagged.record, { tags: { b: 1 }, properties: { desired: { c: 1 } } }, 2);
  expect(both).toMatchObject({ record: { edition: 3 }, desired: { patch: { c: 1 }, version: 2 } });
  for (const nothing of [{}, { tags: {} }, { tags: { x: null } }]) {
    expect(patched(both.record, nothing, 3)).toEqual({ record: both.record });
  }
  expect(reported(both.record, {}, 4)).toMatchObject({ edition: 3, reported: { version: 2 } });
});

test.each([
  ["patch", patched],
  ["replacement", replaced],
])("null in place of a part of a twin empties it, in a %s, and the device is told what goes", (_, change) => {
  const { record } = patched(
    newRecord(0),
    { tags: { b: 1 }, properties: { desired: { c: 1, d: { e: 1 } } } },
    1,
  );
  const nothing = { tags: null, properties: { desired: null } };
  const emptied = change(record, nothing, 2);
  expect(emptied).toMatchObject({
    record: { edition: 3, tags: { size: 0 }, desired: { size: 0, version: 3 } },
    desired: { patch: { c: null, d: null }, version: 3 },
  });
  expect(emptied.record.tags.values).toEqual({});
  expect(emptied.record.desired.values).toEqual({});
  expect(change(emptied.record, nothing, 3)).toEqual({ record: emptied.record });
});

/** Metadata written out for each property; one without `below` is of a plain value. */
interface Model {
  stamp: JsonObject;
  below?: Map<string, Model>;
}

function stamped(model: Model | undefined, patch: JsonObject, stamp: JsonObject): Model {
  const below = new Map(model?.below);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) below.delete(name);
    else if (typeof change === "object" && !Array.isArray(change))
      below.set(name, stamped(below.get(name), change, stamp));
    else below.set(name, { stamp });
  }
  return { stamp, below };
}

function shown({ stamp, below = new Map() }: Model): JsonObject {
  return Object.fromEntries([
    ...Object.entries(stamp),
    ...[...below].map(([name, model]) => [name, shown(model)] as const),
  ]);
}

function* filled(bytes: number): Generator<[string, string]> {
  for (let index = 10; bytes > 0; index++) {
    const size = Math.min(bytes, 4002);
    yield [String(index), "x".repeat(size - 2)];
    bytes -= size;
  }
}

function errorOf(work: () => unknown): { code: string; status: number; message: string } {
  try {
    work();
  } catch (error) {
    return error as { code: string; status: number; message: string };
  }
  throw new Error("nothing was refused");
}
