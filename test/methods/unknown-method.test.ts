import { expect, it } from "vitest";
import { sample } from "../support/prometheus/samples.ts";
import { createBench, errorOf } from "./bench.ts";

it("an unknown method is answered 404 at once, with the names of those there are", async () => {
  const bench = await createBench();
  bench.define("reboot", () => 1);
  bench.define("blink", () => 1);
  const call = bench.call("rebot", { now: true });
  expect(call.replies).toHaveLength(1);
  const reply = await call.reply;
  expect(reply.status).toBe(404);
  expect(errorOf(reply)).toEqual({
    code: "METHOD_NOT_FOUND",
    message: 'this device has no method "rebot"',
    details: { methods: ["blink", "reboot"] },
  });
});

it("names are exact, capitals and all", async () => {
  const bench = await createBench();
  bench.define("Reboot", () => 1);
  expect((await bench.call("reboot").reply).status).toBe(404);
  expect((await bench.call("Reboot").reply).status).toBe(200);
});

it.each(["toString", "__proto__", "constructor", "", "a b", "x".repeat(200_000), "\u0000\n"])(
  "%j is no method either, and the reply fits",
  async (name) => {
    const bench = await createBench();
    const reply = await bench.call(name.slice(0, 200_000)).reply;
    expect(reply.status).toBe(404);
    expect(Buffer.byteLength(reply.text)).toBeLessThan(128 * 1024);
  },
);

it("all unknown names are counted under one label, as callers may invent any number", async () => {
  const bench = await createBench();
  for (let index = 0; index < 50; index += 1) await bench.call(`invented-${index}`).reply;
  const { registry } = bench.metrics;
  expect(
    await sample(registry, "hubhand_method_calls_total", { method: "_unknown", outcome: "method_not_found" }),
  ).toBe(50);
  expect(await registry.metrics()).not.toContain("invented");
});

it("more names than fit into a reply are left out of it", async () => {
  const bench = await createBench();
  for (let index = 0; index < 1_100; index += 1) bench.define(`${index}-${"x".repeat(120)}`, () => 1);
  const reply = await bench.call("nope").reply;
  expect(reply.status).toBe(404);
  expect(errorOf(reply)).toEqual({ code: "METHOD_NOT_FOUND", message: 'this device has no method "nope"' });
});
