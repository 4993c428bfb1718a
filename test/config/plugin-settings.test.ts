import { describe, expect, test } from "vitest";
import { workspace } from "./workspace.ts";

test("settings of several sources go together by plugin and key, later ones win", () => {
  const space = workspace();
  space.write(
    "a.yaml",
    "plugins: { settings: { greeter: { greeting: hello, to: [all] }, meter: { port: 1 } } }",
  );
  space.write("b.yaml", "plugins: { settings: { greeter: { to: [you] } } }");
  const { values, origin } = space.load({
    configFiles: ["a.yaml", "b.yaml"],
    env: { HUBHAND_PLUGINS_SETTINGS: '{"greeter":{"loud":true}}' },
  });
  expect(values.plugins.settings).toEqual({
    greeter: { greeting: "hello", to: ["you"], loud: true },
    meter: { port: 1 },
  });
  expect(origin("plugins.settings")).toBe(
    "a.yaml and b.yaml and environment variable HUBHAND_PLUGINS_SETTINGS",
  );
});

test("names of plugins and settings are free, dots and names of Object's own included", () => {
  const settings = { "opc.ua": { "a.b": { "c.d": 1 } }, constructor: { toString: "x" } };
  const space = workspace();
  space.write("a.json", JSON.stringify({ plugins: { settings } }));
  const env = { HUBHAND_PLUGINS_SETTINGS: '{"hasOwnProperty":{"x":1}}' };
  expect(space.load({ configFiles: ["a.json"], env }).values.plugins.settings).toEqual({
    ...settings,
    hasOwnProperty: { x: 1 },
  });
});

describe("__proto__ is refused at any depth", () => {
  test.each([
    '{"__proto__":{"polluted":1}}',
    '{"a":{"__proto__":{"polluted":1}}}',
    '{"a":{"b":[{"__proto__":{}}]}}',
  ])("%s", (json) => {
    const space = workspace();
    space.write("a.yaml", `plugins: { settings: ${json} }`);
    const advice = "Rename the key __proto__: it is not allowed.";
    expect(space.problems({ env: { HUBHAND_PLUGINS_SETTINGS: json } })).toEqual([
      expect.stringContaining(advice),
    ]);
    expect(space.problems({ configFiles: ["a.yaml"] })).toEqual([expect.stringContaining(advice)]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

test.each(["{ a: &x { b: *x, c: *x } }", "&x { a: *x, b: *x }"])(
  "an alias that contains itself is refused: %s",
  (yaml) => {
    const space = workspace();
    space.write("a.yaml", `plugins: { settings: ${yaml} }`);
    expect(space.problems({ configFiles: ["a.yaml"] })).toEqual([
      expect.stringContaining("An alias contains itself: write the value out."),
    ]);
  },
);

test("settings that nest without end are refused", () => {
  const env = { HUBHAND_PLUGINS_SETTINGS: `{"a":{"b":${"[".repeat(50_000)}${"]".repeat(50_000)}}}` };
  expect(workspace().problems({ env })).toEqual([expect.stringContaining("Nest it at most 32 levels deep.")]);
});

test("plugins.disabled is a list in a file, and has commas in a variable", () => {
  const space = workspace();
  space.write("a.yaml", "plugins: { disabled: [one, two] }");
  expect(space.load({ configFiles: ["a.yaml"] }).values.plugins.disabled).toEqual(["one", "two"]);
  const env = { HUBHAND_PLUGINS_DISABLED: "three, four," };
  expect(space.load({ configFiles: ["a.yaml"], env }).values.plugins.disabled).toEqual(["three", "four"]);
});
