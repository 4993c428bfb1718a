import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";

const require = createRequire(import.meta.url);
/** The one that the SDK has. */
const theirs = createRequire(require.resolve("azure-iot-device"))("lodash");
const ours = require("../../scripts/lean/lodash.cjs");

const parent = { inherited: 1 };
const child = Object.assign(Object.create(parent), { own: { deep: [1, { a: 2 }] } });
const handler = (): void => {};
const machine = {
  states: { on: { _onEnter: handler, go: "off" }, off: {} },
  initialState: "on",
  none: undefined,
};

/** What the SDKs' state machines call, and how. */
const CALLS: readonly (readonly [string, () => unknown[]])[] = [
  ["at", () => [{ a: { b: [1] } }, "a.b"]],
  ["at", () => [{ a: 1 }, "a.b.c"]],
  ["cloneDeep", () => [machine]],
  ["cloneDeep", () => [{ list: [[1], { a: null }], handler }]],
  ["defaults", () => [{ a: undefined, b: 1 }, { a: 2, b: 3 }, { c: 4 }]],
  ["difference", () => [[1, 2, 3], [2]]],
  ["extend", () => [{ a: 1 }, child, undefined, { a: undefined }]],
  ["filter", () => [[1, 2, 3], (value: number) => value > 1]],
  ["filter", () => [undefined, () => true]],
  ["includes", () => [["a", "b"], "b"]],
  ["includes", () => [undefined, "b"]],
  ["isPlainObject", () => [{}]],
  ["isPlainObject", () => [Object.create(null)]],
  ["isPlainObject", () => [child]],
  ["isPlainObject", () => [[]]],
  ["isPlainObject", () => [new Date()]],
  ["isPlainObject", () => ["text"]],
  ["isPlainObject", () => [undefined]],
  ["merge", () => [{ a: { b: 1, c: [1, 2] } }, { a: { c: [3], d: handler } }, { a: { b: undefined } }]],
  [
    "merge",
    () => [
      { a: 1, b: null },
      { a: { x: 1 }, b: { y: 2 }, c: undefined },
    ],
  ],
  [
    "merge",
    () => [structuredClone({ states: { on: { go: "off" } } }), { states: { on: { stop: "on" }, off: {} } }],
  ],
  ["merge", () => [{}, child]],
  [
    "transform",
    () => [
      { a: 1, b: 2 },
      (taken: Record<string, number>, value: number, key: string) => {
        if (key === "a") taken[key] = value;
      },
    ],
  ],
  ["without", () => [["*", "a", "*"], "*"]],
];

describe("what the bundle has instead of Lodash does the same", () => {
  test.each(CALLS.map(([name, given]) => ({ name, given })))("$name", ({ name, given }) => {
    const [mine, its] = [given(), given()];
    expect(ours[name](...mine)).toEqual(theirs[name](...its));
    expect(mine[0]).toEqual(its[0]);
  });

  test.each([[["a", "b"]], [{ x: 1, y: 2 }], [undefined]])(
    "each of %j, also if it is told to end",
    (some) => {
      const visits = (lodash: typeof theirs): unknown[] => {
        const seen: unknown[] = [];
        lodash.each(some, (value: unknown, key: unknown) => {
          seen.push(value, key);
          return value !== "a";
        });
        return seen;
      };
      expect(visits(ours)).toEqual(visits(theirs));
    },
  );
});
