import fc from "fast-check";
import type { Schema } from "../../src/model/dtdl.ts";

/** Names as people give them, and some that DTDL has not. */
export const anyName = fc.oneof(
  { arbitrary: fc.stringMatching(/^[a-z][a-z0-9_]{0,3}[a-z]$/), weight: 3 },
  fc.constantFrom("x-y", "_z", "q_", "ä", "", "__proto__", "n".repeat(65)),
);

/** Schemas as authors write them, of all pieces that hubhand knows and some that DTDL does not. */
export const anySchema: fc.Arbitrary<object> = fc.letrec<{ schema: object }>((tie) => {
  const schema = tie("schema");
  const properties = fc
    .array(fc.tuple(anyName, schema), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));
  const object = fc
    .record({
      properties,
      others: fc.oneof(fc.constantFrom(undefined, true, false), schema),
      all: fc.boolean(),
    })
    .map(({ properties: named, others, all }) => ({
      type: "object",
      properties: named,
      ...(others === undefined ? {} : { additionalProperties: others }),
      required: Object.keys(named).filter((_, index) => all || index % 2 === 0),
    }));
  const map = schema.map((additionalProperties) => ({ type: "object", additionalProperties }));
  const described = fc.string({ maxLength: 700, unit: "grapheme" });
  return {
    schema: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<object>(
        { type: "string", minLength: 1 },
        { type: "boolean" },
        { type: "number" },
        { type: "integer" },
        { type: "integer", minimum: 0, maximum: 100 },
        { type: "string", format: "date-time" },
        { type: "string", format: "email" },
        { enum: ["on", "off", "5 m", "", "on", "ä"] },
        { enum: [1, -1, 2 ** 40] },
        { enum: [1, 2, -1], title: "Mode" },
        { enum: ["x", 1] },
        { enum: ["x", null] },
        { const: "only" },
        { const: true },
        { type: ["string", "null"] },
        { type: ["string", "number"] },
        { oneOf: [{ const: 1, title: "One" }, { const: 2 }] },
        { anyOf: [{ type: "integer" }, { type: "null" }] },
        { type: "array", prefixItems: [{ type: "string" }] },
        { type: "object" },
        { type: "null" },
        { $ref: "#/$defs/pump" },
        { $ref: "#/$defs/tree" },
        { $ref: "#/$defs/nowhere" },
        { $ref: "https://example.com/schema" },
        {},
      ),
      object,
      map,
      schema.map((items) => ({ type: "array", items })),
      fc
        .tuple(schema, described)
        .map(([given, description]) => ({ ...given, description, title: description })),
    ),
  };
}).schema;

/** What the references of these schemas lead to. */
export const DEFS = {
  pump: {
    type: "object",
    required: ["litres"],
    properties: { litres: { type: "number" }, mode: { enum: ["a", "b"] } },
  },
  tree: { type: "object", properties: { name: { type: "string" }, child: { $ref: "#/$defs/tree" } } },
};

/** A value of which DTDL says that it fits. */
export function sampleOf(schema: Schema): unknown {
  if (typeof schema === "string") {
    if (schema === "boolean") return true;
    return ["double", "integer", "long"].includes(schema) ? 1 : "some";
  }
  switch (schema["@type"]) {
    case "Enum":
      return schema.enumValues.at(-1)?.enumValue;
    case "Array":
      return [sampleOf(schema.elementSchema)];
    case "Map":
      return { any: sampleOf(schema.mapValue.schema) };
    case "Object":
      return Object.fromEntries(schema.fields.map((field) => [field.name, sampleOf(field.schema)]));
  }
}

/** Whether a value is what DTDL says, as far as it says something: what a field that it does not name holds, it does not. */
export function fits(schema: Schema, value: unknown): boolean {
  if (typeof schema === "string") {
    if (schema === "boolean") return typeof value === "boolean";
    if (schema === "double") return typeof value === "number";
    return schema === "integer" || schema === "long" ? Number.isInteger(value) : typeof value === "string";
  }
  switch (schema["@type"]) {
    case "Enum":
      return schema.enumValues.some(({ enumValue }) => enumValue === value);
    case "Array":
      return Array.isArray(value) && value.every((item) => fits(schema.elementSchema, item));
    case "Map":
      return isObject(value) && Object.values(value).every((item) => fits(schema.mapValue.schema, item));
    case "Object":
      return (
        isObject(value) &&
        schema.fields.every(
          ({ name, schema: inner }) => !Object.hasOwn(value, name) || fits(inner, value[name]),
        )
      );
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
