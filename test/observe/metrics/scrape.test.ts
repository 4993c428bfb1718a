import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { type AgentOnHub, DEVICE_ID, startAgentOnHub } from "../../support/agent/agent-on-hub.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { methodCaller } from "../../support/hub/call-method.ts";
import { HAS_PROMETHEUS, type Prometheus, startPrometheus } from "../../support/prometheus/prometheus.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

if (!HAS_PROMETHEUS)
  process.stderr.write("SKIPPED: prometheus is not on this machine; nobody scrapes the agent\n");

const FLOOD = 100;
const PLUGIN = `
export default {
  version: "3.2.1",
  isolate: false,
  methods: { read: () => ({ ok: true }), report: (_payload, { job }) => job(() => "done") },
  messages: { "*": () => {} },
  tasks: { tidy: { every: "1h", runAtStart: true, run: () => {} } },
};
`;

/** What has no series in an agent that is well. */
const NOT_WHEN_WELL = ["hubhand_method_extra_replies_total", "hubhand_method_lost_replies_total"];

describe.skipIf(!HAS_PROMETHEUS)("a real Prometheus that scrapes a real agent", () => {
  const cleanUp = cleanUpAfterAll();
  let scene: AgentOnHub;
  let prometheus: Prometheus;
  let call: Awaited<ReturnType<typeof methodCaller>>;

  beforeAll(async () => {
    const plugins = path.join(await cleanUp.folder(), "plugins");
    await mkdir(plugins);
    await writeFile(path.join(plugins, "sensor.mjs"), PLUGIN);
    scene = await startAgentOnHub(cleanUp, {
      plugins,
      env: { HUBHAND_TWIN_FOLLOW: "true", HUBHAND_LINK_SUBSCRIPTION_CHECK: "1s" },
    });
    const { hub, url } = scene;
    call = await methodCaller(hub);
    for (const methodName of ["read", "report", "not-there"]) await call(DEVICE_ID, { methodName });
    await hub.messages.send(DEVICE_ID, { payload: "1", properties: { type: "any" } });
    await waitUntil("the message is handled", async () => (await text(url)).includes("handler="));
    await waitUntil("the job is over", async () => (await text(url)).includes("hubhand_jobs_total{"));
    prometheus = await startPrometheus(cleanUp, { targets: [{ address: new URL(url).host }] });
    await prometheus.scraped(2);
  });

  const text = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();
  const value = async (expression: string): Promise<number> =>
    Number((await prometheus.query(expression))[0]?.value[1]);

  it("has each instrument", async () => {
    const { descriptions } = createMetrics({ version: "", node: "", commit: "" });
    const found = await prometheus.query('count by (__name__) ({__name__=~"hubhand_.*"})');
    const there = new Set(found.map(({ metric }) => metric.__name__));
    const missing = descriptions
      .map(({ name, type }) => (type === "histogram" ? `${name}_count` : name))
      .filter((name) => !there.has(name));
    expect(missing.sort()).toEqual(NOT_WHEN_WELL);
  });

  it("knows who the device is, and that the hub proves again and again that calls reach it", async () => {
    const [info] = await prometheus.query("hubhand_device_info");
    expect(info?.metric).toMatchObject({ device: DEVICE_ID, hub: expect.stringMatching(/^localhost:/) });
    const checked = await value("hubhand_link_checked_timestamp_seconds");
    expect(checked).toBeGreaterThanOrEqual(await value("hubhand_link_connected_since_timestamp_seconds"));
    expect(await value("hubhand_link_check_interval_seconds")).toBe(1);
    await waitUntil(
      "a check is seen",
      async () => (await value("hubhand_link_checked_timestamp_seconds")) > checked,
    );
  });

  it("sees the device's own time, which is Prometheus' own here", async () => {
    expect(
      Math.abs(await value("hubhand_clock_timestamp_seconds - timestamp(hubhand_clock_timestamp_seconds)")),
    ).toBeLessThan(2);
  });

  it("knows versions, limits, and when tasks ran and run", async () => {
    const [plugin] = await prometheus.query('hubhand_plugin_info{plugin="sensor"}');
    expect(plugin?.metric).toMatchObject({ kind: "module", version: "3.2.1" });
    expect(await value("hubhand_outbox_limit_messages")).toBeGreaterThan(0);
    const task = '{task="sensor/tidy"}';
    expect(await value(`hubhand_task_next_run_timestamp_seconds${task} - time()`)).toBeGreaterThan(0);
    expect(await value(`time() - hubhand_task_last_success_timestamp_seconds${task}`)).toBeLessThan(60);
    expect(await value('hubhand_log_lines_total{level="info"}')).toBeGreaterThan(0);
  });

  it("has no more series after calls of a hundred methods that are not there", async () => {
    const count = () => value('count({__name__=~"hubhand_.*"})');
    const before = await count();
    const names = Array.from({ length: FLOOD }, (_, index) => `no-such-${index}`);
    await Promise.all(names.map((methodName) => call(DEVICE_ID, { methodName })));
    await prometheus.scraped(1);
    expect(await value('hubhand_method_calls_total{method="_unknown"}')).toBe(FLOOD + 1);
    expect(await count()).toBe(before);
  });

  it("would find nothing wrong with our names, by promtool check metrics", async () => {
    const input = await text(scene.url);
    const { stderr, error } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect(error).toBeUndefined();
    expect(stderr.split("\n").filter((line) => /hubhand_|error/.test(line))).toEqual([]);
  });
});
