import { describe, expect, it } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import type { Method } from "../../src/methods/method.ts";
import { createMethodRegistry } from "../../src/methods/registry.ts";
import { sample } from "../support/prometheus/samples.ts";
import { createBench, method, settle } from "./bench.ts";

const of = (plugin: string, ...names: string[]): Method[] =>
  names.map((name) => method(name, () => plugin, { plugin }));

function refusal(add: () => void): string {
  try {
    add();
  } catch (error) {
    if (error instanceof HubhandError && error.code === "PLUGIN_INVALID") return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

describe("adding", () => {
  it("methods are listed by name, whoever brought them", () => {
    const registry = createMethodRegistry();
    registry.add(of("b", "zoom", "blink"));
    registry.add(of("a", "reboot"));
    expect(registry.list().map(({ name, plugin }) => `${name} of ${plugin}`)).toEqual([
      "blink of b",
      "reboot of a",
      "zoom of b",
    ]);
  });

  it("a name that is taken is refused, and none of its plugin's methods is added", () => {
    const registry = createMethodRegistry();
    registry.add(of("a", "reboot"));
    expect(refusal(() => registry.add(of("b", "blink", "reboot")))).toBe(
      'method "reboot" is declared twice; plugin "a" has it already',
    );
    expect(registry.list().map(({ name }) => name)).toEqual(["reboot"]);
  });

  it.each<[string, Partial<Method>, RegExp]>([
    [
      "a type that there is not",
      { schema: { type: "strng" } },
      /^the schema of method "m" is not a JSON Schema \(2020-12\): /,
    ],
    ["a misspelt keyword", { schema: { type: "object", requird: ["a"] } }, /unknown keyword: "requird"/],
    [
      "a reference to nowhere",
      { schema: { $ref: "#/$defs/nothing" } },
      /can't resolve reference #\/\$defs\/nothing/,
    ],
    ["a pattern that is none", { schema: { type: "string", pattern: "(" } }, /Invalid regular expression/],
    ["a schema that is a list", { schema: [] as unknown as boolean }, /is not a JSON Schema/],
    [
      "a bad schema for the reply",
      { replySchema: { type: "strng" } },
      /^the reply schema of method "m" is not a JSON Schema/,
    ],
  ])("%s is refused, saying where and why, and nothing is added", (_, options, message) => {
    const registry = createMethodRegistry();
    expect(refusal(() => registry.add([...of("a", "fine"), method("m", () => 1, options)]))).toMatch(message);
    expect(registry.list()).toEqual([]);
  });
});

describe("changing while calls run", () => {
  it("a method that is taken away is unknown from the next call on; calls under way end undisturbed", async () => {
    const bench = await createBench();
    const work = Promise.withResolvers<string>();
    bench.registry.add([method("slow", () => work.promise, { plugin: "a", concurrency: 1 })]);
    const running = bench.call("slow");
    const waiting = bench.call("slow");
    bench.registry.remove("a");
    expect((await bench.call("slow").reply).status).toBe(404);
    work.resolve("done");
    expect((await running.reply).body).toBe("done");
    expect((await waiting.reply).body).toBe("done");
  });

  it("one that comes back is a new one, with places of its own", async () => {
    const bench = await createBench();
    bench.registry.add([method("m", () => new Promise(() => {}), { plugin: "a", concurrency: 1, queue: 0 })]);
    bench.call("m");
    bench.registry.remove("a");
    bench.registry.add([method("m", () => "new", { plugin: "a" })]);
    expect((await bench.call("m").reply).body).toBe("new");
    await settle();
  });

  it("taking away a plugin leaves the others", () => {
    const registry = createMethodRegistry();
    registry.add(of("a", "x"));
    registry.add(of("b", "y"));
    registry.remove("a");
    registry.remove("nobody");
    expect(registry.list().map(({ name }) => name)).toEqual(["y"]);
  });
});

describe("commands of Plug and Play components", () => {
  it("reach the method of the plugin, by the names that models have; a method's own name comes first", async () => {
    const { registry, call, metrics, log } = await createBench();
    registry.add(of("pump-1", "pump.start", "a.b", "a_b", "own*name"));
    registry.add(of("other", "pump.stop"));
    const found = (name: string) => registry.get(name)?.name;
    expect(found("pump_1*pump_start")).toBe("pump.start");
    expect(found("pump_1*pump.start")).toBe("pump.start");
    expect(found("pump_1*a_b")).toBe("a_b");
    expect(found("own*name")).toBe("own*name");
    expect(found("pump_1*pump_stop")).toBeUndefined();
    expect(found("pump_1*")).toBeUndefined();
    expect(await call("pump_1*pump_start").reply).toMatchObject({ status: 200, body: "pump-1" });
    expect(
      await sample(metrics.registry, "hubhand_method_calls_total", { method: "pump.start", outcome: "ok" }),
    ).toBe(1);
    expect(log.lines()).toContainEqual(expect.objectContaining({ method: "pump.start", msg: "answered" }));
  });
});
