import { describe, expect, it } from "vitest";
import { settle } from "../methods/bench.ts";
import { sample } from "../support/prometheus/samples.ts";
import { createSetBench } from "./set.ts";

const up = (bench: Awaited<ReturnType<typeof createSetBench>>) =>
  Object.fromEntries(bench.set.status().map(({ name, up }) => [name, up]));

describe("starting", () => {
  it("the start hook ends before the first method is served", async () => {
    const ready = Promise.withResolvers<void>();
    const bench = await createSetBench({ a: { start: () => ready.promise, methods: { x: () => 1 } } });
    const loading = bench.set.loadAll();
    await settle();
    expect(bench.registry.get("x")).toBeUndefined();
    expect(bench.set.status().find(({ name }) => name === "a")).toMatchObject({
      up: false,
      problem: "it is starting",
    });
    ready.resolve();
    await loading;
    expect(bench.registry.get("x")).toBeDefined();
    expect(up(bench)).toEqual({ hubhand: true, a: true });
  });

  it("start hooks run side by side: one that hangs holds up the others for no longer than its own limit", async () => {
    const started: string[] = [];
    const hangs = (name: string) => ({
      start() {
        started.push(name);
        return new Promise(() => {});
      },
    });
    const bench = await createSetBench({ a: hangs("a"), b: hangs("b"), c: { methods: { x: () => 1 } } });
    const loading = bench.set.loadAll();
    await settle();
    expect(started).toEqual(["a", "b"]);
    bench.clock.advance(10_000);
    await loading;
    expect(up(bench)).toEqual({ hubhand: true, a: false, b: false, c: true });
    expect(bench.clock.pending).toBe(0);
  });

  it("every hook gets the plugin's name, settings and a log that names it", async () => {
    const seen: unknown[] = [];
    const hook = ({
      plugin,
      settings,
      log,
    }: {
      plugin: string;
      settings: unknown;
      log: { info(text: string): void };
    }) => {
      seen.push(plugin, settings);
      log.info("hello");
    };
    const bench = await createSetBench({ a: { start: hook, stop: hook } });
    await bench.set.loadAll();
    await bench.set.stopAll();
    expect(seen).toEqual(["a", {}, "a", {}]);
    expect(bench.log.lines().filter(({ msg, plugin }) => msg === "hello" && plugin === "a")).toHaveLength(2);
  });

  it("of two that declare a method the first by name has it; the other is stopped again, as it has started", async () => {
    const did: string[] = [];
    const plugin = (name: string) => ({
      start: () => void did.push(`start ${name}`),
      stop: () => void did.push(`stop ${name}`),
      methods: { x: () => name },
    });
    const bench = await createSetBench({ a: plugin("a"), b: plugin("b") });
    await bench.set.loadAll();
    expect(did).toEqual(["start a", "start b", "stop b"]);
    expect(bench.registry.get("x")?.plugin).toBe("a");
    await bench.set.stopAll();
    expect(did.slice(3)).toEqual(["stop a"]);
  });

  it("a plugin whose tasks cannot be scheduled serves no methods either", async () => {
    const bench = await createSetBench({
      a: { methods: { x: () => 1 }, tasks: { t: { cron: "61 * * * *", run: () => 1 } } },
    });
    await bench.set.loadAll();
    expect(up(bench)).toEqual({ hubhand: true, a: false });
    expect(bench.registry.list()).toEqual([]);
  });

  it("three files of one name: the first runs, each other is told", async () => {
    const bench = await createSetBench({ a: { name: "same" }, b: { name: "same" }, c: { name: "same" } });
    await bench.set.loadAll();
    expect(up(bench)).toEqual({ hubhand: true, same: true, "same#2": false, "same#3": false });
  });

  it("none may take hubhand's own name", async () => {
    const bench = await createSetBench({ a: { name: "hubhand", methods: { x: () => 1 } } });
    await bench.set.loadAll();
    expect(up(bench)).toEqual({ hubhand: true, "hubhand#2": false });
    expect(bench.registry.list()).toEqual([]);
  });
});

describe("leaving plugins out", () => {
  it("one is left out by the name of its file, or by the name it gives itself", async () => {
    const started: string[] = [];
    const plugin = (name: string) => ({ start: () => void started.push(name) });
    const definitions = { a: plugin("a"), b: { ...plugin("b"), name: "bee" }, c: plugin("c") };
    const bench = await createSetBench(definitions, ["a", "bee"]);
    await bench.set.loadAll();
    expect(started).toEqual(["c"]);
    expect(up(bench)).toEqual({ hubhand: true, c: true });
    expect(
      await sample(bench.metrics.registry, "hubhand_plugin_up", { plugin: "a", kind: "module" }),
    ).toBeUndefined();
  });
});

describe("stopping", () => {
  it("calls every stop hook; one that fails is told, and the others are called", async () => {
    const stopped: string[] = [];
    const bench = await createSetBench({
      a: {
        stop() {
          throw new Error("stuck valve");
        },
      },
      b: { stop: async () => void stopped.push("b") },
    });
    await bench.set.loadAll();
    await bench.set.stopAll();
    expect(stopped).toEqual(["b"]);
    const line = bench.log.lines().find(({ msg }) => msg === "the stop hook failed");
    expect(line).toMatchObject({ level: "warn", plugin: "a", err: { message: "stuck valve" } });
  });

  it("one that hangs is waited for two seconds, and told", async () => {
    const bench = await createSetBench({ a: { stop: () => new Promise(() => {}) } });
    await bench.set.loadAll();
    const stopping = bench.set.stopAll();
    await settle();
    bench.clock.advance(2_000);
    await stopping;
    const line = bench.log.lines().find(({ msg }) => msg?.startsWith("the stop hook did not end within 2 s"));
    expect(line).toMatchObject({ level: "warn", plugin: "a" });
  });

  it("what never started is not stopped", async () => {
    let stops = 0;
    const bench = await createSetBench({
      a: {
        start() {
          throw new Error("no bus");
        },
        stop() {
          stops += 1;
        },
      },
    });
    await bench.set.loadAll();
    await bench.set.stopAll();
    expect(stops).toBe(0);
  });
});
