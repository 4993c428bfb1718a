import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { takeSnapshot } from "../../../src/observe/metrics/snapshot.ts";
import { KIBIBYTE } from "../../../src/sizes.ts";

const AT = new Date("2026-01-02T03:04:05Z");

function bench() {
  const metrics = createMetrics({ version: "1.2.3", node: "v24.0.0", commit: "abc" });
  const take = async (options: Partial<Parameters<typeof takeSnapshot>[0]> = {}) =>
    takeSnapshot({ metrics: await metrics.registry.getMetricsAsJSON(), at: AT, ...options });
  return { metrics, take };
}

describe("a snapshot of the metrics", () => {
  it("tells metrics without labels as numbers, those with labels as rows, the largest first", async () => {
    const { metrics, take } = bench();
    metrics.outboxMessages.set(0);
    metrics.linkBackoff.set(2.123456);
    metrics.methodCalls.inc({ method: "relay.set", outcome: "ok" }, 3);
    metrics.methodCalls.inc({ method: "relay.get", outcome: "ok" }, 40);
    const { snapshot } = await take();
    expect(snapshot.at).toBe("2026-01-02T03:04:05.000Z");
    expect(snapshot.metrics).toMatchObject({
      hubhand_build_info: [{ version: "1.2.3", node: "v24.0.0", commit: "abc", value: 1 }],
      hubhand_outbox_messages: 0,
      hubhand_link_backoff_seconds: 2.123,
      hubhand_method_calls_total: [
        { method: "relay.get", outcome: "ok", value: 40 },
        { method: "relay.set", outcome: "ok", value: 3 },
      ],
      process_resident_memory_bytes: expect.any(Number),
    });
    expect(snapshot).not.toHaveProperty("truncated");
  });

  it("leaves out rows of counters and states that are 0, and tells gauges that are: such a plugin is down", async () => {
    const { metrics, take } = bench();
    metrics.linkState.set({ state: "online" }, 1);
    metrics.linkState.set({ state: "waiting" }, 0);
    metrics.linkFailures.inc({ class: "network" }, 0);
    metrics.pluginUp.set({ plugin: "relay", kind: "module" }, 0);
    const { snapshot } = await take();
    expect(snapshot.metrics).toMatchObject({
      hubhand_link_state: [{ state: "online", value: 1 }],
      hubhand_plugin_up: [{ plugin: "relay", kind: "module", value: 0 }],
    });
    expect(snapshot.metrics).not.toHaveProperty("hubhand_link_failures_total");
  });

  it("tells of Node and the process only what a fleet is watched by", async () => {
    const { take } = bench();
    const { snapshot } = await take();
    expect(Object.keys(snapshot.metrics).filter((name) => !name.startsWith("hubhand_"))).toEqual([
      "process_start_time_seconds",
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
      "process_open_fds",
      "nodejs_eventloop_lag_p99_seconds",
    ]);
  });

  it("tells of a histogram count and sum since the start, and quantiles since the snapshot before", async () => {
    const { metrics, take } = bench();
    for (let call = 0; call < 100; call += 1) metrics.methodDuration.observe({ method: "relay" }, 0.2);
    const first = await take();
    // All in the bucket from 0.1 to 0.25 s.
    const [row] = first.snapshot.metrics.hubhand_method_duration_seconds as readonly object[];
    expect(row).toEqual({ method: "relay", count: 100, sum: 20, p50: 0.175, p95: 0.2425, p99: 0.2485 });

    metrics.methodDuration.observe({ method: "relay" }, 4);
    const second = await take({ before: first.buckets });
    expect(second.snapshot.metrics.hubhand_method_duration_seconds).toMatchObject([
      { count: 101, sum: 24, p50: 3.75 },
    ]);

    const third = await take({ before: second.buckets });
    expect(third.snapshot.metrics.hubhand_method_duration_seconds).toEqual([
      { method: "relay", count: 101, sum: 24 },
    ]);
  });

  it("tells no more of what is above the last bound than that", async () => {
    const { metrics, take } = bench();
    metrics.methodPayload.observe({ direction: "request" }, 10_000_000);
    const { snapshot } = await take();
    expect(snapshot.metrics.hubhand_method_payload_bytes).toMatchObject([{ p50: 131_072, p99: 131_072 }]);
  });

  it("has room in a message whatever there is, and says of which metrics some is missing", async () => {
    const { metrics, take } = bench();
    metrics.linkState.set({ state: "online" }, 1);
    for (let index = 0; index < 3000; index += 1) {
      metrics.methodCalls.inc({ method: `method-${index}`, outcome: "ok" }, index + 1);
      metrics.taskRuns.inc({ task: `plugin/task-${index}`, outcome: "ok" });
    }
    const { snapshot } = await take();
    expect(Buffer.byteLength(JSON.stringify(snapshot))).toBeLessThan(64 * KIBIBYTE);
    expect(snapshot.truncated).toEqual(
      expect.arrayContaining(["hubhand_method_calls_total", "hubhand_task_runs_total"]),
    );
    expect(snapshot.metrics).toMatchObject({ hubhand_link_state: [{ state: "online" }] });
    // Those that are called most are told.
    const calls = snapshot.metrics.hubhand_method_calls_total as readonly object[];
    expect(calls.length).toBeGreaterThan(500);
    expect(calls[0]).toMatchObject({ method: "method-2999" });
  });

  it("drops what is less important first", async () => {
    const { metrics, take } = bench();
    metrics.linkState.set({ state: "waiting" }, 1);
    metrics.logLines.inc({ level: "warn" });
    const { snapshot } = await take({ roomBytes: 1000 });
    expect(snapshot.metrics).toHaveProperty("hubhand_link_state");
    expect(snapshot.metrics).not.toHaveProperty("hubhand_log_lines_total");
    expect(snapshot.truncated).toContain("hubhand_log_lines_total");
  });
});
