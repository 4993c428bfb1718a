import { describe, expect, it } from "vitest";
import { createBench, errorOf, settle } from "./bench.ts";

/** Everything a handler can do wrong, and what its caller is told. */
const FAULTS: readonly [what: string, handler: () => unknown, message: RegExp][] = [
  ["throws at once", () => fail(new Error("no water")), /^no water$/],
  ["rejects", async () => fail(new Error("no water")), /^no water$/],
  ["throws an error without a message", () => fail(new TypeError()), /^TypeError$/],
  ["throws a text", () => fail("no water"), /^no water$/],
  ["throws undefined", () => fail(undefined), /undefined/],
  ["throws null", () => fail(null), /null/],
  ["throws a number", async () => fail(7), /7/],
  ["throws a symbol", () => fail(Symbol("s")), /symbol/],
  ["throws an object that names itself badly", () => fail({ toJSON: () => fail(1) }), /object/],
  ["throws an error whose message throws", () => fail(withGetter("message")), /cannot be read/],
  ["throws an error with a property that throws", () => fail(withGetter("reason")), /^the visible part$/],
  [
    "throws an error without message and name",
    () => fail(Object.assign(new Error(), { message: undefined, name: undefined })),
    /./,
  ],
  ["throws a proxy that refuses", () => fail(new Proxy({}, { getPrototypeOf: () => fail(1) })), /./],
  ["returns a circle", () => circle(), /cannot be written as JSON: Converting circular structure/],
  ["returns a BigInt", () => 10n, /cannot be written as JSON: .*BigInt/],
  ["returns a BigInt deep inside", () => ({ a: [{ b: 10n }] }), /BigInt/],
  ["returns a function", () => () => 1, /of type function, which JSON cannot say/],
  ["returns a symbol", () => Symbol("s"), /of type symbol, which JSON cannot say/],
  ["returns what throws as it is written", () => ({ toJSON: () => fail(new Error("not me")) }), /not me/],
  [
    "returns what vanishes as it is written",
    () => ({ toJSON: () => undefined }),
    /of type object, which JSON cannot say/,
  ],
  ["returns what nests too deep to write", () => nested(100_000), /cannot be written as JSON: .*call stack/],
  // biome-ignore lint/suspicious/noThenProperty: it is the point.
  ["returns a thenable that throws", () => ({ then: () => fail(new Error("bad then")) }), /bad then/],
];

describe("a handler that fails: one reply 500 METHOD_FAILED with its message, never its stack", () => {
  it.each(FAULTS)("%s", async (_, handler, message) => {
    const bench = await createBench();
    bench.define("faulty", handler);
    bench.define("good", () => "fine");
    const call = bench.call("faulty");
    const reply = await call.reply;
    expect(reply.status).toBe(500);
    expect(errorOf(reply).code).toBe("METHOD_FAILED");
    expect(errorOf(reply).message).toMatch(message);
    expect(reply.text).not.toContain(".test.ts");
    expect((await bench.call("good").reply).body).toBe("fine");
    expect((await bench.call("faulty").reply).status).toBe(500);
    await settle();
    expect(call.replies).toHaveLength(1);
    expect(bench.clock.pending).toBe(0);
    await bench.dispatcher.idle();
  });
});

describe("a handler that succeeds: its own words, 200", () => {
  it.each([
    ["an object", { a: 1 }, '{"a":1}'],
    ["nothing", undefined, "null"],
    ["null", null, "null"],
    ["false", false, "false"],
    ["an empty text", "", '""'],
    ["a date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ["not a number, as JSON has it", Number.NaN, "null"],
  ])("%s", async (_, result, text) => {
    const bench = await createBench();
    bench.define("now", () => result);
    bench.define("later", async () => result);
    expect(await bench.call("now").reply).toMatchObject({ status: 200, text });
    expect(await bench.call("later").reply).toMatchObject({ status: 200, text });
  });
});

function fail(thrown: unknown): never {
  throw thrown;
}

function withGetter(name: string): Error {
  return Object.defineProperty(new Error("the visible part"), name, {
    enumerable: true,
    get: () => fail(new Error("got you")),
  });
}

function circle(): unknown {
  const round: Record<string, unknown> = {};
  round.self = round;
  return round;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}
