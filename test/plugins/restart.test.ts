import { expect, it } from "vitest";
import type { PluginDefinition } from "../../src/plugins/define-plugin.ts";
import { settle } from "../methods/bench.ts";
import { sample } from "../support/prometheus/samples.ts";
import { createSetBench, type SetBench } from "./set.ts";

/** What a caller of `x` gets, or the error that it gets. */
async function call({ registry }: SetBench): Promise<unknown> {
  const invocation = { method: "x", payload: null } as never;
  try {
    return await registry.get("x")?.handler(invocation);
  } catch (error) {
    return error;
  }
}

const statusOf = ({ set }: SetBench, wanted: string) => set.status().find(({ name }) => name === wanted);

it("a plugin is stopped, loaded afresh and started; callers are told meanwhile that it is down", async () => {
  const did: string[] = [];
  const again = Promise.withResolvers<void>();
  const plugins: Record<string, PluginDefinition> = {
    a: { methods: { x: () => "first" }, stop: () => void did.push("stop") },
  };
  const bench = await createSetBench(plugins);
  await bench.set.loadAll();
  plugins.a = { methods: { x: () => "second" }, start: () => again.promise };
  const restarted = bench.set.restart("a");
  await settle();
  expect(did).toEqual(["stop"]);
  expect(await call(bench)).toMatchObject({
    code: "PLUGIN_DOWN",
    message: 'plugin "a" is down: it is being restarted',
  });
  expect(statusOf(bench, "a")).toMatchObject({ up: false });
  again.resolve();
  expect(await restarted).toEqual({ name: "a", kind: "module", up: true });
  expect(await call(bench)).toBe("second");
  expect(await sample(bench.metrics.registry, "hubhand_plugin_restarts_total", { plugin: "a" })).toBe(1);
});

it("one that cannot be loaded any more stays down, and says why; a further restart mends it", async () => {
  const plugins: Record<string, PluginDefinition> = { a: { methods: { x: () => "first" } } };
  const bench = await createSetBench(plugins);
  await bench.set.loadAll();
  plugins.a = {
    methods: { x: () => "second" },
    start: () => {
      throw new Error("no bus");
    },
  };
  expect(await bench.set.restart("a")).toMatchObject({ up: false, problem: "its start hook failed: no bus" });
  expect(await call(bench)).toMatchObject({
    code: "PLUGIN_DOWN",
    message: 'plugin "a" is down: its start hook failed: no bus',
  });
  plugins.a = { methods: { x: () => "third" } };
  expect(await bench.set.restart("a")).toMatchObject({ up: true });
  expect(await call(bench)).toBe("third");
});

it("one that was broken from the start is tried again", async () => {
  const plugins: Record<string, PluginDefinition> = {
    a: {
      start: () => {
        throw new Error("no bus");
      },
    },
  };
  const bench = await createSetBench(plugins);
  await bench.set.loadAll();
  plugins.a = { methods: { x: () => "there" } };
  expect(await bench.set.restart("a")).toMatchObject({ up: true });
  expect(await call(bench)).toBe("there");
});

it.each(["b", "hubhand"])("%s cannot be restarted: it is told which can", async (name) => {
  const bench = await createSetBench({ a: {} });
  await bench.set.loadAll();
  await expect(bench.set.restart(name)).rejects.toMatchObject({
    code: "PLUGIN_UNKNOWN",
    details: { plugins: ["a"] },
  });
});

it("a restart waits for a reload that is under way", async () => {
  const did: string[] = [];
  const ready = Promise.withResolvers<void>();
  const plugins: Record<string, PluginDefinition> = { a: { methods: { x: () => "first" } } };
  const bench = await createSetBench(plugins);
  await bench.set.loadAll();
  plugins.a = { start: () => ready.promise, stop: () => void did.push("stop second") };
  const reloaded = bench.set.reload(["/a.ts"]);
  await settle();
  const restarted = bench.set.restart("a");
  await settle();
  expect(did).toEqual([]);
  ready.resolve();
  await reloaded;
  await restarted;
  expect(did).toEqual(["stop second"]);
});
