import { describe, expect, it } from "vitest";
import { type Bench, createBench, errorOf } from "./bench.ts";

async function echoBench(): Promise<Bench> {
  const bench = await createBench();
  bench.define("echo", ({ payload }) => ({ type: typeof payload, payload }));
  bench.define("type", ({ payload }) => typeof payload);
  return bench;
}

describe("payloads that reach the handler", () => {
  it.each<[string, string | Uint8Array, unknown]>([
    ["nothing at all is null", new Uint8Array(), null],
    ["null", "null", null],
    ["a number", "42", 42],
    ["a text", '"on"', "on"],
    ["a list", "[1,2]", [1, 2]],
    ["an object", '{"method_number":"42"}', { method_number: "42" }],
    ["with a byte order mark", "\uFEFF{}", {}],
    ["with blanks around", " \r\n{} ", {}],
    ["with a constructor that is harmless", '{"constructor":"Bosch"}', { constructor: "Bosch" }],
    ["with the word __proto__ as a value", '["__proto__"]', ["__proto__"]],
    ["with the same key twice: the last wins", '{"a":1,"a":2}', { a: 2 }],
  ])("%s", async (_, sent, payload) => {
    const bench = await echoBench();
    expect(await bench.call("echo", sent).reply).toMatchObject({ status: 200, body: { payload } });
  });

  it("128 KiB of it", async () => {
    const bench = await echoBench();
    const text = JSON.stringify("x".repeat(128 * 1024 - 2));
    expect(text).toHaveLength(128 * 1024);
    expect(await bench.call("type", text).reply).toMatchObject({ status: 200, body: "string" });
  });

  it("100,000 lists in each other", async () => {
    const bench = await echoBench();
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(await bench.call("type", deep).reply).toMatchObject({ status: 200, body: "object" });
  });
});

describe("payloads that are refused with 400 PAYLOAD_INVALID, and the handler never sees", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["not JSON", "{on: true}", "json"],
    ["half of it", '{"a":', "json"],
    ["two documents", "{}{}", "json"],
    ["blanks only", "  ", "json"],
    ["NaN", "NaN", "json"],
    ["100,000 lists that do not end", "[".repeat(100_000), "json"],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "utf-8"],
    ["a surrogate in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), "utf-8"],
    ["UTF-16", Buffer.from('{"a":1}', "utf16le"), "json"],
    ["__proto__", '{"__proto__":{"admin":true}}', "forbidden-key"],
    ["__proto__, escaped", '{"\\u005f_proto__":{"admin":true}}', "forbidden-key"],
    ["__proto__, deep inside", '{"a":[{"__proto__":1}]}', "forbidden-key"],
    ["constructor.prototype", '{"constructor":{"prototype":{"admin":true}}}', "forbidden-key"],
    ["constructor.prototype, in a list", '[[{"constructor":{"prototype":null}}]]', "forbidden-key"],
  ])("%s", async (_, sent, rule) => {
    const bench = await createBench();
    let seen = 0;
    bench.define("count", () => {
      seen += 1;
    });
    const reply = await bench.call("count", sent).reply;
    expect(reply.status).toBe(400);
    expect(errorOf(reply)).toMatchObject({ code: "PAYLOAD_INVALID", details: { path: "", rule } });
    expect(errorOf(reply).message).toMatch(/^the payload (is not|has a key)/);
    expect(seen).toBe(0);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
