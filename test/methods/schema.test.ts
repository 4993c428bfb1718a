import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../src/methods/method.ts";
import { createBench, errorOf } from "./bench.ts";

async function call(schema: JsonSchema, payload: unknown) {
  const bench = await createBench();
  bench.define("m", () => "ran", { schema });
  return bench.call("m", payload).reply;
}

const SET_POINT = {
  type: "object",
  required: ["degrees"],
  additionalProperties: false,
  properties: {
    degrees: { type: "number", minimum: 5, maximum: 30 },
    mode: { enum: ["eco", "comfort"] },
    rooms: { type: "array", items: { type: "object", properties: { id: { type: "integer" } } } },
  },
};

it("a payload that fits reaches the handler", async () => {
  expect(await call(SET_POINT, { degrees: 21.5, mode: "eco" })).toMatchObject({ status: 200, body: "ran" });
});

it.each<[string, unknown, { path: string; rule: string; message: string }]>([
  ["a wrong type", { degrees: "21" }, { path: "/degrees", rule: "type", message: "must be number" }],
  ["no payload where one is needed", "", { path: "", rule: "type", message: "must be object" }],
  ["a key that misses", {}, { path: "", rule: "required", message: "must have required property 'degrees'" }],
  ["too much", { degrees: 31 }, { path: "/degrees", rule: "maximum", message: "must be <= 30" }],
  [
    "an unknown key",
    { degrees: 20, dgrees: 1 },
    { path: "", rule: "additionalProperties", message: 'must NOT have additional properties ("dgrees")' },
  ],
  [
    "none of the choices",
    { degrees: 20, mode: "sauna" },
    { path: "/mode", rule: "enum", message: 'must be equal to one of the allowed values: ["eco","comfort"]' },
  ],
  [
    "deep inside",
    { degrees: 20, rooms: [{ id: 1 }, { id: 1.5 }] },
    { path: "/rooms/1/id", rule: "type", message: "must be integer" },
  ],
])("%s is answered 400 with path, rule and message", async (_, payload, details) => {
  const reply = await call(SET_POINT, payload);
  expect(reply.status).toBe(400);
  const where = details.path === "" ? "the payload" : `the payload at ${details.path}`;
  expect(errorOf(reply)).toEqual({
    code: "PAYLOAD_INVALID",
    message: `${where} ${details.message}`,
    details,
  });
});

it("of alternatives, that none fits is told, not the fault of the first", async () => {
  const schema = { anyOf: [{ type: "null" }, { type: "object", required: ["on"] }] };
  expect(errorOf(await call(schema, {})).details).toEqual({
    path: "",
    rule: "anyOf",
    message: "must match a schema in anyOf",
  });
});

it("values are not bent into shape: no default, no conversion, nothing removed", async () => {
  const bench = await createBench();
  const schema = { type: "object", properties: { a: { type: "number", default: 1 } } };
  bench.define("m", ({ payload }) => payload, { schema });
  expect((await bench.call("m", { b: "2" }).reply).body).toEqual({ b: "2" });
  expect((await bench.call("m", { a: "1" }).reply).status).toBe(400);
});

describe("schemas and payloads that go on and on", () => {
  const tree = { $id: "tree", type: "array", items: { $ref: "tree" } };

  it("a recursive schema follows a payload as deep as the stack allows", async () => {
    expect((await call(tree, [[], [[]]])).status).toBe(200);
  });

  it("and refuses one that is deeper, instead of failing", async () => {
    const reply = await call(tree, "[".repeat(60_000) + "]".repeat(60_000));
    expect(reply.status).toBe(400);
    expect(errorOf(reply).details).toMatchObject({ path: "", rule: "depth" });
  });

  it("a payload with thousands of faults is answered with the first", async () => {
    const reply = await call({ type: "array", items: { type: "string" } }, Array(20_000).fill(1));
    expect(errorOf(reply).details).toEqual({ path: "/0", rule: "type", message: "must be string" });
  });
});

describe("schemas as authors write them", () => {
  it("`false` takes no payload whatever, `true` any", async () => {
    expect((await call(false, 1)).status).toBe(400);
    expect((await call(true, 1)).status).toBe(200);
  });

  it("`format` is a remark for readers, as in 2020-12", async () => {
    expect((await call({ type: "string", format: "date-time" }, '"tomorrow"')).status).toBe(200);
  });

  it("2020-12 it is: prefixItems", async () => {
    const schema = { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false };
    expect((await call(schema, ["a", 1])).status).toBe(200);
    expect((await call(schema, ["a", 1, 2])).status).toBe(400);
  });

  it("two methods may use the same $id", async () => {
    const bench = await createBench();
    bench.define("a", () => 1, { schema: { $id: "same", type: "string" } });
    bench.define("b", () => 1, { schema: { $id: "same", type: "number" } });
    expect((await bench.call("a", 1).reply).status).toBe(400);
    expect((await bench.call("b", 1).reply).status).toBe(200);
  });
});
