import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Content } from "../../src/model/dtdl.ts";
import { modelOf } from "../../src/model/model.ts";
import { type Said, say } from "../../src/model/schema.ts";
import { Unsayable } from "../../src/model/unsayable.ts";
import { parsed } from "./parser.ts";
import { anyName, anySchema, DEFS, sampleOf } from "./samples.ts";

const text = { type: "string" };
const REPLY = { arrays: true, given: false };
const REQUEST = { arrays: true, given: true };
const PROPERTY = { arrays: false, given: true };

describe("a JSON Schema in the words of DTDL", () => {
  it.each([
    ["a text", text, "string"],
    ["a moment", { type: "string", format: "date-time" }, "dateTime"],
    ["a format that DTDL has not", { type: "string", format: "ipv4" }, "string"],
    ["a number", { type: "number", minimum: 3 }, "double"],
    ["a whole number of any size", { type: "integer", minimum: 0 }, "long"],
    ["one of four bytes", { type: "integer", minimum: 0, exclusiveMaximum: 10 }, "integer"],
    ["one value that is true", { const: true }, "boolean"],
    ["what may be null", { anyOf: [{ type: "boolean" }, { type: "null" }] }, "boolean"],
    ["a list", { type: "array", items: text }, { "@type": "Array", elementSchema: "string" }],
  ])("%s", (_what, schema, dtdl) => {
    expect(say(schema, REPLY).schema).toEqual(dtdl);
  });

  it("values that are listed have names, whatever they are, and the titles that they are given", () => {
    expect(say({ enum: ["5m", "5 m", "", "a_b", "a-b", "5m"] }, REPLY).schema).toEqual({
      "@type": "Enum",
      valueSchema: "string",
      enumValues: [
        { name: "p5m", enumValue: "5m" },
        { name: "p5_m", enumValue: "5 m" },
        { name: "p", enumValue: "" },
        { name: "a_b", enumValue: "a_b" },
        { name: "a_b_2", enumValue: "a-b" },
      ],
    });
    const modes = {
      oneOf: [
        { const: -1, title: "Down" },
        { const: 1, description: "Up." },
      ],
    };
    expect(say(modes, REPLY).schema).toEqual({
      "@type": "Enum",
      valueSchema: "integer",
      enumValues: [
        { name: "minus1", enumValue: -1, displayName: "Down" },
        { name: "n1", enumValue: 1, description: "Up." },
      ],
    });
  });

  it("an object has its fields, a map its values; what references lead to is in their place", () => {
    const schema = {
      type: "object",
      properties: { pumps: { type: "object", additionalProperties: { $ref: "#/$defs/pump" } } },
      $defs: DEFS,
    };
    const litres = { name: "litres", schema: "double" };
    expect(say(schema, PROPERTY).schema).toMatchObject({
      fields: [{ name: "pumps", schema: { "@type": "Map", mapValue: { schema: { fields: [litres, {}] } } } }],
    });
  });

  it("what it has no words for is left out and told, if it is optional or ours to give", () => {
    const schema = {
      type: "object",
      required: ["name", "any"],
      properties: { name: text, any: {}, "b.c": text },
    };
    const said: Said = {
      schema: { "@type": "Object", fields: [{ name: "name", schema: "string" }] },
      leftOut: ["any: its schema names no type", "b.c: DTDL has no such names"],
      remarks: [],
    };
    expect(say(schema, REPLY)).toEqual(said);
    expect(() => say(schema, REQUEST)).toThrow(new Unsayable("it needs any: its schema names no type"));
  });

  it.each([
    ["more than one type", { type: ["string", "number"] }, "it has more than one type"],
    ["mixed values", { enum: ["a", 1] }, "its values are neither all texts nor all whole numbers"],
    ["a whole number of more than four bytes in a list", { enum: [2 ** 40] }, /neither/],
    ["too many values", { enum: Array.from({ length: 101 }, (_, index) => index) }, /more than 100 values/],
    ["a circle", { $ref: "#" }, "it contains itself"],
    ["a reference to nothing", { $ref: "#/$defs/x" }, "it refers to #/$defs/x, which is not there"],
    ["any object", { type: "object" }, "it is an object of which no names are known"],
    ["items by place", { type: "array", prefixItems: [text] }, "its items differ by their place"],
  ])("nothing is said of %s", (_what, schema, why) => {
    expect(() => say(schema, REPLY)).toThrow(why);
  });

  it("no property holds a list, and nothing is nested more than five deep", () => {
    expect(() => say({ type: "array", items: text }, PROPERTY)).toThrow(
      "properties hold no arrays in DTDL v2",
    );
    const nested = (levels: number): object =>
      levels === 0 ? text : { type: "object", additionalProperties: nested(levels - 1) };
    expect(say(nested(5), PROPERTY).leftOut).toEqual([]);
    expect(() => say(nested(6), PROPERTY)).toThrow("it is nested more than 5 deep");
  });

  it("whatever a model asks of who sends something is what the schema asks", () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    let tried = 0;
    const holds = fc.property(anySchema, (given) => {
      const schema = { ...given, $defs: DEFS };
      fc.pre(!JSON.stringify(given).match(/nowhere|example\.com/));
      let said: Said;
      try {
        said = say(schema, REQUEST);
      } catch (error) {
        expect(error).toBeInstanceOf(Unsayable);
        return;
      }
      tried += 1;
      const sample = sampleOf(said.schema);
      expect(ajv.validate(schema, sample), JSON.stringify(sample)).toBe(true);
    });
    fc.assert(holds, { numRuns: 300 });
    expect(tried).toBeGreaterThan(50);
  });
});

it("whatever plugins there are, Microsoft's parser takes the model of their device", async () => {
  const method = fc.record({
    name: fc.oneof(fc.constantFrom("pump.start", "pump-start", "pump_start"), anyName),
    description: fc.string({ maxLength: 600, unit: "grapheme" }),
    schema: fc.option(anySchema, { nil: undefined }),
    replySchema: fc.option(anySchema, { nil: undefined }),
  });
  const settings = fc.array(fc.tuple(anyName, anySchema), { maxLength: 5 }).map((entries) => ({
    type: "object",
    properties: Object.fromEntries(entries),
    $defs: DEFS,
  }));
  const plugin = fc.record({
    name: fc.oneof(fc.constantFrom("meter-1", "meter_1", "state"), anyName),
    description: fc.string({ maxLength: 600 }),
    writable: fc.option(settings, { nil: undefined }),
    telemetry: settings,
    methods: fc.array(method, { maxLength: 4 }),
  });
  let said = 0;
  const holds = fc.asyncProperty(fc.array(plugin, { maxLength: 3 }), async (plugins) => {
    const device = { readOnly: { type: "object", properties: { state: text } } };
    const { interfaces } = modelOf({
      modelId: "dtmi:example:gateway;7",
      displayName: "gateway",
      device,
      plugins,
    });
    await parsed(interfaces);
    const contents: Content[] = interfaces.flatMap((each) => each.contents);
    said += contents.length;
  });
  await fc.assert(holds, { numRuns: 60 });
  expect(said).toBeGreaterThan(200);
});

it("a description that is too long is cut, a plugin whose interface cannot be named is left out", async () => {
  const long = "🦆".repeat(400);
  const modelId = `dtmi:${"a".repeat(110)};1`;
  const plugins = [{ name: "meter", description: long }, { name: "a-much-longer-name" }];
  const { interfaces, notes } = modelOf({ modelId, displayName: long, device: {}, plugins });
  expect(interfaces[1]?.description).toMatch(/^🦆{255}…$/u);
  expect(notes).toEqual([
    {
      plugin: "a-much-longer-name",
      text: 'plugin "a-much-longer-name" is left out: its interface\'s id would have more than 128 characters',
    },
  ]);
  await parsed(interfaces);
});

it("of two that have one name in DTDL, the first is there; the one that has it as it is goes first", () => {
  const methods = ["go", "a-b", "a_b"].map((name) => ({ name, description: `It is ${name}.` }));
  const writable = { type: "object", properties: { go: text } };
  const plugins = ["state", "m-1", "m_1"].map((name) => ({ name, writable, methods }));
  const device = { readOnly: { type: "object", properties: { state: text } } };
  const { interfaces, notes } = modelOf({ modelId: "dtmi:a;1", displayName: "a", device, plugins });
  const contents = interfaces.map((each) =>
    each.contents.map(({ "@type": type, name, description }) => [type, name, description].join(" ").trim()),
  );
  expect(contents).toEqual([
    ["Property state", "Component m_1"],
    ["Property go", "Command a_b It is a_b."],
  ]);
  expect(notes.map((note) => note.text)).toEqual([
    'plugin "m_1": method "go" is left out: there is another "go"; rename one of them',
    'plugin "m_1": method "a-b" is left out: there is another "a_b"; rename one of them',
    'plugin "state" is left out: there is another "state"; rename one of them',
    'plugin "m-1" is left out: there is another "m_1"; rename one of them',
  ]);
});
