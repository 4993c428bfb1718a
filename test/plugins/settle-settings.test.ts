import fc from "fast-check";
import { expect, it } from "vitest";
import { createSettingsBook } from "../../src/plugins/settings-book.ts";
import { createFaultFinders } from "../../src/plugins/settings-faults.ts";
import { ConfigurationUnfit, settle } from "../../src/plugins/settle-settings.ts";

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    a: { type: "integer", minimum: 0 },
    b: { enum: ["x", "y"], default: "x" },
    c: { type: "object", properties: { d: { type: "string" } }, required: ["d"] },
    "e/f": { type: "boolean" },
    g: true,
  },
  dependentRequired: { a: ["g"] },
  not: { required: ["g", "e/f"] },
};
const findFaults = createFaultFinders()(SCHEMA);

const value = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom("x", "y", "z", true, null, { d: "t" }, { d: 1 }, {}),
);
const some = fc.dictionary(fc.constantFrom("a", "b", "c", "e/f", "g", "unknown"), value);
const fitting = some.filter((settings) => findFaults(structuredClone(settings)).length === 0);

it("whatever is desired, the settings fit; each key is taken as it was desired, or refused with the reason", () => {
  fc.assert(
    fc.property(fitting, some, some, (configured, desired, earlier) => {
      const { accepted } = settle({ configured, desired: earlier, accepted: {}, findFaults });
      const result = settle({ configured, desired, accepted, findFaults });
      expect(findFaults(structuredClone(result.settings))).toEqual([]);
      expect(result.settings).toMatchObject({ ...configured, ...result.accepted });
      for (const [key, wish] of Object.entries(desired)) {
        if (result.refused.has(key)) expect(result.refused.get(key)).not.toBe("");
        else expect(result.accepted[key]).toEqual(wish);
      }
      for (const key of result.refused.keys()) expect(Object.keys(desired)).toContain(key);
      // What is taken once is taken again, and nothing else.
      const again = settle({ configured, desired: result.accepted, accepted: result.accepted, findFaults });
      expect(again.accepted).toEqual(result.accepted);
      expect(again.refused.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it("keys that only fit together are taken together, and refused together where one of them is missing", () => {
  const both = settle({ configured: {}, desired: { a: 1, g: 1 }, accepted: {}, findFaults });
  expect(both.accepted).toEqual({ a: 1, g: 1 });
  const contrary = settle({
    configured: {},
    desired: { g: 1, "e/f": true },
    accepted: { b: "y" },
    findFaults,
  });
  expect(contrary.accepted).toEqual({ b: "y" });
  expect([...contrary.refused.keys()]).toEqual(["g", "e/f"]);
});

it("a refused key keeps the value before it, unless that does not fit any more either", () => {
  const kept = settle({ configured: {}, desired: { b: "z" }, accepted: { b: "y" }, findFaults });
  expect(kept.settings).toEqual({ b: "y" });
  const lost = settle({ configured: {}, desired: { b: "z" }, accepted: { b: "w" }, findFaults });
  expect(lost.settings).toEqual({ b: "x" });
});

it("a configuration that does not fit is no fault of what is desired, and may be mended by it", () => {
  expect(() => settle({ configured: { a: -1 }, desired: { b: "y" }, accepted: {}, findFaults })).toThrow(
    ConfigurationUnfit,
  );
  const mended = settle({ configured: { a: -1, g: 1 }, desired: { a: 1 }, accepted: {}, findFaults });
  expect(mended.settings).toEqual({ a: 1, b: "x", g: 1 });
});

it("what a setting holds that is writeOnly is hidden before its plugin gets it, whoever says it", () => {
  const hidden: string[] = [];
  const book = createSettingsBook({
    configured: { broker: { login: { name: "pi", password: "of the file" }, url: "tcp://x" } },
    hide: (secret) => void hidden.push(secret),
  });
  const login = { type: "object", writeOnly: true };
  book.settingsFor("broker", { properties: { login, url: { type: "string" } } });
  book.propose("broker", { login: { password: "of the twin" }, url: "tcp://y" });
  expect(new Set(hidden)).toEqual(new Set(["pi", "of the file", "of the twin"]));
});
