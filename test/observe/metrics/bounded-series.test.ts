import { describe, expect, it } from "vitest";
import { createDispatcher } from "../../../src/methods/dispatcher.ts";
import { createMethodRegistry } from "../../../src/methods/registry.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import type { PluginDefinition } from "../../../src/plugins/define-plugin.ts";
import { createBench, method, settle } from "../../methods/bench.ts";
import { createSetBench } from "../../plugins/set.ts";
import { createScheduleBench } from "../../schedule/bench.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { sample, seriesOf } from "../../support/prometheus/samples.ts";

const FLOOD = 100_000;
const RENAMES = 2_000;

/** Names as a caller may choose them: each another, some odd. */
const hostile = (index: number): string =>
  ["_unknown", "__proto__", 'quote"', "line\nend", "ä".repeat(40), "a,outcome:ok"][index % 6] + String(index);

/** Series of hubhand's own. */
async function own(registry: Parameters<typeof seriesOf>[0]): Promise<readonly string[]> {
  return [...(await seriesOf(registry))].filter((series) => series.startsWith("hubhand_")).sort();
}

describe("callers", () => {
  it("who call 100,000 different methods add no series", async () => {
    const { logger } = await createLogBook({ level: "silent" });
    const registry = createMethodRegistry();
    const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
    const dispatcher = createDispatcher({ registry, metrics, logger });
    registry.add([method("known", () => "there")]);
    let answered = 0;
    const call = (methodName: string): void =>
      dispatcher.dispatch({
        requestId: "1",
        methodName,
        payload: Buffer.from("{}"),
        reply: (_status, _body, lost) => {
          answered += 1;
          if (answered % 100 === 1) lost(); // Its line in the log is not what is measured here.
        },
      });
    call("one that is not there"); // The first: its reply is lost, too.
    call("known");
    await settle();
    const before = await own(metrics.registry);
    for (let index = 0; index < FLOOD; index += 1) call(hostile(index));
    expect(answered).toBe(FLOOD + 2);
    expect(await own(metrics.registry)).toEqual(before);
    expect(
      await sample(metrics.registry, "hubhand_method_calls_total", {
        method: "_unknown",
        outcome: "method_not_found",
      }),
    ).toBe(FLOOD + 1);
  });

  it("whose method goes while it runs leave no series of it behind", async () => {
    const bench = await createBench();
    const gate = Promise.withResolvers<void>();
    const busy = method("going", () => gate.promise, { plugin: "other", concurrency: 1 });
    bench.registry.replace("other", [busy]);
    const calls = [bench.call("going"), bench.call("going")];
    expect(await sample(bench.metrics.registry, "hubhand_methods_queued")).toBe(1);
    bench.registry.remove("other");
    bench.metrics.methodQueue.remove({ method: "going" }); // What whoever takes the plugin away does.
    gate.resolve();
    for (const { reply } of calls) expect((await reply).status).toBe(200);
    expect(await sample(bench.metrics.registry, "hubhand_methods_queued")).toBe(0);
    expect((await own(bench.metrics.registry)).filter((series) => series.includes("going"))).toEqual([]);
    const counted = { method: "_unknown", outcome: "ok" };
    expect(await sample(bench.metrics.registry, "hubhand_method_calls_total", counted)).toBe(2);
  });
});

describe("a plugin", () => {
  const versions = (index: number): PluginDefinition => ({
    version: `1.0.${index}`,
    methods: { [`read-${index}`]: () => "read" },
    messages: { [`set-${index}`]: () => {} },
    tasks: { [`tidy-${index}`]: { every: "1h", run: () => {} } },
  });

  it("that names all anew with each version has the series of its latest", async () => {
    const files = { sensor: versions(0) };
    const bench = await createSetBench(files);
    await bench.set.loadAll();
    const before = await own(bench.metrics.registry);
    for (let index = 1; index <= 100; index += 1) {
      files.sensor = versions(index);
      await bench.set.reload(["/sensor.ts"]);
      bench.metrics.methodDuration.observe({ method: `read-${index}` }, 1);
      bench.metrics.methodCalls.inc({ method: `read-${index}`, outcome: "method_failed" });
      bench.metrics.jobs.inc({ method: `read-${index}`, outcome: "done" });
    }
    files.sensor = versions(101);
    await bench.set.reload(["/sensor.ts"]);
    const renamed = before.map((series) => series.replace(/(read-|set-|tidy-|1\.0\.)0"/, '$1101"'));
    expect(await own(bench.metrics.registry)).toEqual(renamed.sort());
  });

  it("that is gone has none", async () => {
    const files: Record<string, PluginDefinition> = { sensor: versions(0) };
    const bench = await createSetBench(files);
    await bench.set.loadAll();
    delete files.sensor;
    await bench.set.reload(["/sensor.ts"]);
    expect((await own(bench.metrics.registry)).filter((series) => /sensor|read-0/.test(series))).toEqual([]);
  });

  it("that is started afresh goes on counting", async () => {
    const bench = await createSetBench({ sensor: versions(0) });
    await bench.set.loadAll();
    bench.metrics.methodCalls.inc({ method: "read-0", outcome: "ok" }, 7);
    bench.metrics.taskRuns.inc({ task: "sensor/tidy-0", outcome: "ok" }, 7);
    await bench.set.restart("sensor");
    const count = (name: string, labels: Record<string, string>) =>
      sample(bench.metrics.registry, name, labels);
    expect(await count("hubhand_method_calls_total", { method: "read-0", outcome: "ok" })).toBe(7);
    expect(await count("hubhand_task_runs_total", { task: "sensor/tidy-0", outcome: "ok" })).toBe(7);
    expect(await count("hubhand_plugin_restarts_total", { plugin: "sensor" })).toBe(1);
  });
});

describe("the twin", () => {
  it("that names its task anew two thousand times has the series of one", async () => {
    const bench = await createScheduleBench({ ownRun: () => () => {} });
    bench.schedule.beginOwn();
    const name = (index: number) => ({ [`task-${index}`]: { method: "hubhand.ping", every: "10m" } });
    bench.schedule.override(name(0));
    await bench.schedule.runNow(undefined, "task-0");
    const before = await own(bench.metrics.registry);
    expect(before.filter((series) => series.includes("task-0")).length).toBeGreaterThan(20);
    for (let index = 1; index <= RENAMES; index += 1) {
      bench.schedule.override(name(index));
      await bench.schedule.runNow(undefined, `task-${index}`);
    }
    const renamed = before.map((series) => series.replace('"task-0"', `"task-${RENAMES}"`));
    expect(await own(bench.metrics.registry)).toEqual(renamed.sort());
  });

  it("that takes a task away while it runs leaves no series of it behind", async () => {
    const gate = Promise.withResolvers<void>();
    const bench = await createScheduleBench({ ownRun: () => () => gate.promise });
    bench.schedule.beginOwn();
    bench.schedule.override({ long: { method: "hubhand.ping", every: "10m" } });
    const run = bench.schedule.runNow(undefined, "long");
    expect(await sample(bench.metrics.registry, "hubhand_task_running", { task: "long" })).toBe(1);
    bench.schedule.override({});
    gate.resolve();
    expect(await run).toBe("ok");
    expect((await own(bench.metrics.registry)).filter((series) => series.includes("long"))).toEqual([]);
  });
});
