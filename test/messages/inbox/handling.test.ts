import { expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import type { Delivery } from "../../../src/messages/inbox/handler.ts";
import { createInboxBench, settle } from "./bench.ts";

it("a message goes to the handler that its property names, and to * if there is none of that name", async () => {
  const bench = await createInboxBench();
  const seen: string[] = [];
  for (const name of ["valve", "*"])
    bench.handle(name, ({ payload, message }) => seen.push(`${name} ${message.properties.type} ${payload}`));
  bench.deliver("1", { properties: { type: "valve" } });
  bench.deliver("2", { properties: { type: "pump" } });
  bench.deliver("3");
  await settle();
  expect(seen).toEqual(["valve valve 1", "* pump 2", "* undefined 3"]);
  expect(bench.acknowledged).toEqual(["1", "2", "3"]);
  expect(await bench.count("ok")).toBe(3);
});

it("the input of a module names the handler where the property does not", async () => {
  const bench = await createInboxBench();
  const seen: unknown[] = [];
  bench.handle("readings", ({ message }) => seen.push(message.input));
  bench.deliver("1", { input: "readings" });
  await settle();
  expect(seen).toEqual(["readings"]);
});

it("a message that nobody takes is thrown away, counted, and told without what it says", async () => {
  const bench = await createInboxBench();
  bench.handle("valve", () => {});
  bench.deliver("my secret", { properties: { type: "pump" }, messageId: "m-1" });
  await settle();
  expect(bench.acknowledged).toEqual(["my secret"]);
  expect(await bench.count("no_handler")).toBe(1);
  expect(bench.log.lines().at(-1)).toMatchObject({ level: "warn", messageId: "m-1", name: "pump" });
  expect(bench.log.text()).not.toContain("secret");
});

it("where nobody takes messages any more they wait for a handler that may come, and are the hub's until then", async () => {
  const bench = await createInboxBench();
  bench.deliver("1");
  bench.clock.advance(100_000);
  await settle();
  expect(bench.acknowledged).toEqual([]);
  const seen: unknown[] = [];
  bench.handle("*", ({ payload }) => seen.push(payload));
  await settle();
  expect(seen).toEqual([1]);
  expect(bench.acknowledged).toEqual(["1"]);
});

it("a message waits for a plugin that still starts, also where * would take it", async () => {
  const bench = await createInboxBench();
  const seen: string[] = [];
  bench.plugins = "starting";
  bench.handle("*", () => seen.push("*"));
  bench.deliver("1", { properties: { type: "valve" } });
  bench.deliver("2", { properties: { type: "pump" } });
  await settle();
  expect(seen).toEqual([]);
  bench.handle("valve", () => seen.push("valve"));
  bench.plugins = "there";
  bench.inbox.pluginsSettled();
  await settle();
  expect(seen).toEqual(["valve", "*"]);
});

it("a message whose plugin may be the broken one waits until that is mended, so many at the most", async () => {
  const bench = await createInboxBench();
  bench.plugins = "broken";
  bench.handle("valve", () => {});
  bench.deliver("1", { properties: { type: "pump" } });
  bench.clock.advance(60_000);
  await settle();
  expect(bench.inbox.status().waiting).toBe(1);
  for (let index = 0; index < 200; index += 1) bench.deliver("x", { properties: { type: "pump" } });
  await settle();
  expect(await bench.count("no_handler")).toBe(1);
  bench.plugins = "there";
  bench.clock.advance(30_000);
  await settle();
  expect(await bench.count("no_handler")).toBe(201);
});

it("the messages of a handler are handled in their order, one after the other unless it says otherwise", async () => {
  const bench = await createInboxBench();
  const log: string[] = [];
  const slowly = async ({ name, payload }: Delivery): Promise<void> => {
    log.push(`${name}${payload}`);
    await settle();
    log.push(`${name}${payload}.`);
  };
  bench.handle("a", slowly);
  bench.handle("b", slowly, { concurrency: 2 });
  for (const type of ["a", "b"]) for (const body of ["1", "2"]) bench.deliver(body, { properties: { type } });
  await settle();
  await settle();
  await settle();
  expect(log.filter((entry) => entry.startsWith("a"))).toEqual(["a1", "a1.", "a2", "a2."]);
  expect(log.filter((entry) => entry.startsWith("b"))).toEqual(["b1", "b2", "b1.", "b2."]);
});

it("a handler that fails is given the message again after a while, before the next, and acknowledges it when it is done", async () => {
  const bench = await createInboxBench();
  const seen: string[] = [];
  bench.handle("*", ({ payload, attempt }) => {
    seen.push(`${payload}/${attempt}`);
    if (payload === "a" && attempt < 3) throw new Error("not yet");
  });
  bench.deliver("a");
  bench.deliver("b");
  await settle();
  expect(seen).toEqual(["a/1"]);
  bench.clock.advance(500);
  await settle();
  bench.clock.advance(999);
  await settle();
  expect(seen).toEqual(["a/1", "a/2"]);
  expect(bench.acknowledged).toEqual([]);
  bench.clock.advance(1);
  await settle();
  expect(seen).toEqual(["a/1", "a/2", "a/3", "b/1"]);
  expect(bench.acknowledged).toEqual(["a", "b"]);
  expect(await bench.count("failed")).toBe(2);
  expect(await bench.count("ok")).toBe(2);
});

it("a message that fails each time is given up: acknowledged, counted, told by its id", async () => {
  const bench = await createInboxBench({ attempts: 2 });
  bench.handle("valve", () => Promise.reject(new Error("stuck")));
  bench.deliver('{"code":"hush"}', { properties: { type: "valve" }, messageId: "m-7" });
  await settle();
  bench.clock.advance(1_000);
  await settle();
  expect(bench.acknowledged).toEqual(['{"code":"hush"}']);
  expect(await bench.count("given_up")).toBe(1);
  expect(await bench.count("failed")).toBe(2);
  expect(bench.log.lines().at(-1)).toMatchObject({
    level: "error",
    messages: "valve",
    messageId: "m-7",
    attempts: 2,
  });
  expect(bench.log.text()).not.toContain("hush");
  expect(bench.inbox.status().waiting).toBe(0);
});

it("an attempt that is over its time is ended by its signal, and counts as a failure", async () => {
  const bench = await createInboxBench({ attempts: 1 });
  const reasons: unknown[] = [];
  bench.handle(
    "valve",
    ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          reasons.push(String(signal.reason));
          reject(signal.reason);
        }),
      ),
    { timeout: 2_000 },
  );
  bench.deliver("1", { properties: { type: "valve" } });
  await settle();
  bench.clock.advance(2_000);
  await settle();
  expect(reasons).toEqual(["Error: messages valve are over their 2000 ms"]);
  expect(await bench.count("timed_out")).toBe(1);
  expect(await bench.count("given_up")).toBe(1);
});

it("a plugin that is down is no attempt: the message waits for it, also for long", async () => {
  const bench = await createInboxBench({ attempts: 1 });
  const seen: number[] = [];
  let isDown = true;
  bench.handle("*", ({ attempt }) => {
    if (isDown) throw new HubhandError("PLUGIN_DOWN", "it is being restarted");
    seen.push(attempt);
  });
  bench.deliver("1");
  for (let look = 0; look < 20; look += 1) {
    await settle();
    bench.clock.advance(15_000);
  }
  expect(await bench.count("failed")).toBeUndefined();
  isDown = false;
  await settle();
  bench.clock.advance(15_000);
  await settle();
  expect(seen).toEqual([1]);
  expect(await bench.count("ok")).toBe(1);
});

it("a plugin that serves in its new version gets what waits for it at once", async () => {
  const bench = await createInboxBench();
  bench.handle("*", () => {
    throw new HubhandError("PLUGIN_DOWN", "it is being restarted");
  });
  bench.deliver("1");
  await settle();
  const seen: unknown[] = [];
  bench.handle("*", ({ payload }) => seen.push(payload));
  await settle();
  expect(seen).toEqual([1]);
});

it("what does not fit the schema never reaches the handler", async () => {
  const bench = await createInboxBench();
  const seen: unknown[] = [];
  bench.handle("*", ({ payload }) => seen.push(payload), {
    schema: { type: "object", required: ["on"], properties: { on: { type: "boolean" } } },
  });
  bench.deliver('{"on":true}');
  bench.deliver('{"on":"hush"}');
  bench.deliver("no JSON at all", { contentType: "application/json; charset=utf-8" });
  bench.deliver("bytes", { contentType: "application/octet-stream" });
  await settle();
  expect(seen).toEqual([{ on: true }]);
  expect(await bench.count("invalid")).toBe(3);
  expect(bench.acknowledged).toHaveLength(4);
  expect(bench.log.text()).not.toContain("hush");
});

it.each([
  ["JSON that says so", "[1]", { contentType: "application/json" }, [1]],
  ["JSON of another name", "[1]", { contentType: "application/cloudevents+json" }, [1]],
  ["JSON that does not say so", '{"a":1}', {}, { a: 1 }],
  ["a word", "ON", {}, "ON"],
  ["text that looks like JSON", "[1]", { contentType: "text/plain" }, "[1]"],
  ["bytes that look like JSON", "[1]", { contentType: "application/octet-stream" }, Buffer.from("[1]")],
  [
    "what is compressed",
    "[1]",
    { contentType: "application/json", contentEncoding: "gzip" },
    Buffer.from("[1]"),
  ],
  ["nothing", "", {}, null],
])("the payload of %s", async (_, body, given, payload) => {
  const bench = await createInboxBench();
  const seen: unknown[] = [];
  bench.handle("*", (delivery) => seen.push(delivery.payload));
  bench.deliver(body, given);
  await settle();
  expect(seen).toEqual([payload]);
});

it("messages keep their order when their handler goes away and comes back", async () => {
  const bench = await createInboxBench();
  bench.plugins = "broken";
  bench.handle("valve", () => Promise.reject(new Error("not yet")));
  for (const body of ["1", "2", "3"]) bench.deliver(body, { properties: { type: "valve" } });
  await settle();
  bench.registry.remove("plugin-of-valve");
  bench.clock.advance(1_000);
  await settle();
  const seen: unknown[] = [];
  bench.handle("valve", ({ payload }) => seen.push(payload));
  await settle();
  expect(seen).toEqual([1, 2, 3]);
});
