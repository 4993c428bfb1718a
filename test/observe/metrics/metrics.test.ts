import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";

const BUILD = { version: "1.2.3", node: "v24.0.0", commit: "abc", revision: "r1" };

/** The contract with dashboards and alerts: docs and DESIGN name exactly these. */
const CONTRACT = {
  hubhand_method_calls_total: ["counter", ["method", "outcome"]],
  hubhand_method_duration_seconds: ["histogram", ["method"]],
  hubhand_method_queue_seconds: ["histogram", ["method"]],
  hubhand_methods_in_flight: ["gauge", []],
  hubhand_methods_queued: ["gauge", []],
  hubhand_method_payload_bytes: ["histogram", ["direction"]],
  hubhand_method_extra_replies_total: ["counter", ["method"]],
  hubhand_method_lost_replies_total: ["counter", ["method"]],
  hubhand_jobs_running: ["gauge", []],
  hubhand_jobs_total: ["counter", ["method", "outcome"]],
  hubhand_link_state: ["gauge", ["state"]],
  hubhand_link_sessions_total: ["counter", ["outcome"]],
  hubhand_link_failures_total: ["counter", ["class"]],
  hubhand_link_backoff_seconds: ["gauge", []],
  hubhand_link_connected_since_timestamp_seconds: ["gauge", []],
  hubhand_link_certificate_expiry_timestamp_seconds: ["gauge", []],
  hubhand_link_checked_timestamp_seconds: ["gauge", []],
  hubhand_link_check_interval_seconds: ["gauge", []],
  hubhand_device_info: ["gauge", ["device", "module", "hub"]],
  hubhand_clock_timestamp_seconds: ["gauge", []],
  hubhand_outbox_messages: ["gauge", []],
  hubhand_outbox_bytes: ["gauge", []],
  hubhand_outbox_on_disk: ["gauge", []],
  hubhand_outbox_dropped_total: ["counter", ["reason"]],
  hubhand_outbox_limit_messages: ["gauge", []],
  hubhand_outbox_limit_bytes: ["gauge", []],
  hubhand_outbox_oldest_timestamp_seconds: ["gauge", []],
  hubhand_inbox_messages: ["gauge", []],
  hubhand_inbox_on_disk: ["gauge", []],
  hubhand_messages_total: ["counter", ["direction", "outcome"]],
  hubhand_message_duration_seconds: ["histogram", ["handler"]],
  hubhand_twin_updates_total: ["counter", ["side", "outcome"]],
  hubhand_twin_desired_version: ["gauge", []],
  hubhand_plugin_up: ["gauge", ["plugin", "kind"]],
  hubhand_plugin_info: ["gauge", ["plugin", "kind", "version"]],
  hubhand_plugin_restarts_total: ["counter", ["plugin"]],
  hubhand_task_runs_total: ["counter", ["task", "outcome"]],
  hubhand_task_duration_seconds: ["histogram", ["task"]],
  hubhand_task_running: ["gauge", ["task"]],
  hubhand_task_next_run_timestamp_seconds: ["gauge", ["task"]],
  hubhand_task_last_success_timestamp_seconds: ["gauge", ["task"]],
  hubhand_log_lines_total: ["counter", ["level"]],
  hubhand_log_dropped_lines_total: ["counter", ["destination"]],
  hubhand_build_info: ["gauge", ["version", "node", "commit", "revision"]],
} as const;

/** One of everything, with labels that need escaping. */
function used() {
  const metrics = createMetrics(BUILD);
  const odd = 'a "b"\\c';
  metrics.methodCalls.inc({ method: odd, outcome: "ok" });
  metrics.methodDuration.observe({ method: odd }, 0.02);
  metrics.methodQueue.observe({ method: odd }, 0.001);
  metrics.methodPayload.observe({ direction: "request" }, 100);
  metrics.extraReplies.inc({ method: odd });
  metrics.lostReplies.inc({ method: odd });
  metrics.jobs.inc({ method: odd, outcome: "done" });
  metrics.linkState.set({ state: "online" }, 1);
  metrics.linkSessions.inc({ outcome: "online" });
  metrics.linkFailures.inc({ class: "network" });
  metrics.outboxDropped.inc({ reason: "expired" });
  metrics.messages.inc({ direction: "cloud_to_device", outcome: "ok" });
  metrics.messageDuration.observe({ handler: odd }, 0.02);
  metrics.twinUpdates.inc({ side: "desired", outcome: "ok" });
  metrics.pluginUp.set({ plugin: "a", kind: "module" }, 1);
  metrics.pluginRestarts.inc({ plugin: "a" });
  metrics.taskRuns.inc({ task: "a/b", outcome: "ok" });
  metrics.taskDuration.observe({ task: "a/b" }, 1);
  metrics.tasksRunning.set({ task: "a/b" }, 1);
  metrics.taskNextRun.set({ task: "a/b" }, 1);
  metrics.taskLastSuccess.set({ task: "a/b" }, 1);
  metrics.deviceInfo.set({ device: "pi", module: "", hub: "h" }, 1);
  metrics.pluginInfo.set({ plugin: "a", kind: "module", version: "1.0.0" }, 1);
  metrics.logLines.inc({ level: "info" });
  metrics.logDropped.inc({ destination: "output" });
  return metrics;
}

describe("names, types and labels", () => {
  it.each(Object.entries(CONTRACT))("%s", async (name, [type, labels]) => {
    const text = await used().registry.metrics();
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
    const line = text
      .split("\n")
      .find((each) => each.startsWith(type === "histogram" ? `${name}_count` : name));
    const found = [...(line ?? "").matchAll(/([a-z_]+)="/g)].map(([, label]) => label);
    expect(found.sort()).toEqual([...labels].sort());
  });

  it("there are no others of hubhand's own", async () => {
    const text = await used().registry.metrics();
    const names = [...text.matchAll(/^# TYPE (hubhand_\S+)/gm)].map(([, name]) => name ?? "");
    expect(names.sort()).toEqual(Object.keys(CONTRACT).sort());
  });

  it("durations have buckets from 1 ms to the 300 s that the hub waits", async () => {
    const text = await used().registry.metrics();
    const buckets = [...text.matchAll(/^hubhand_method_duration_seconds_bucket\{le="([^"]+)"/gm)].map(
      ([, le]) => le,
    );
    expect(buckets.at(0)).toBe("0.001");
    expect(buckets.at(-2)).toBe("300");
    expect(buckets.at(-1)).toBe("+Inf");
  });

  it("the build is told", async () => {
    expect(await createMetrics(BUILD).registry.metrics()).toContain(
      'hubhand_build_info{version="1.2.3",node="v24.0.0",commit="abc",revision="r1"} 1',
    );
  });

  it("so is the process", async () => {
    const text = await createMetrics(BUILD).registry.metrics();
    for (const name of [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_seconds",
    ]) {
      expect(text).toContain(`\n${name} `);
    }
  });
});

it("two agents in one process do not share numbers", async () => {
  const [one, other] = [createMetrics(BUILD), createMetrics(BUILD)];
  one.methodsInFlight.inc();
  expect(await other.registry.metrics()).toContain("hubhand_methods_in_flight 0");
});

const promtool = spawnSync("promtool", ["--version"]).error === undefined;
if (!promtool)
  process.stderr.write("SKIPPED: promtool is not on this machine; nobody checks the metrics' text\n");

it.skipIf(!promtool)("Prometheus' own tool reads the text and finds our names good", async () => {
  const input = await used().registry.metrics();
  const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  expect(stderr.split("\n").filter((line) => line.includes("hubhand_") || line.includes("error"))).toEqual(
    [],
  );
  expect([0, 3]).toContain(status); // 3: it dislikes a name; prom-client's own are not ours to choose
});
