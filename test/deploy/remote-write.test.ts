import { readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { HOUR, MINUTE } from "../../src/durations.ts";
import { startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { lastingPort } from "../support/lasting-port.ts";
import type { Sample } from "../support/prometheus/prometheus.ts";
import {
  HAS_PROMETHEUS,
  type PrometheusProcess,
  startPrometheusProcess,
} from "../support/prometheus/prometheus-process.ts";
import { pushSample } from "../support/prometheus/remote-write.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterAll();
if (!HAS_PROMETHEUS) process.stderr.write("skipped: no Prometheus, so that pushing to one is not tried\n");

const readYaml = async (name: string) =>
  parse(await readFile(path.join(import.meta.dirname, "../../deploy/prometheus", name), "utf8"));

/** What HubhandSilent asks. */
const silentRule = async (): Promise<string> =>
  (await readYaml("rules/optional/silent.yml")).groups[0].rules[0].expr;

describe.skipIf(!HAS_PROMETHEUS)("a device that pushes to a central Prometheus", () => {
  /** The central one goes and comes, with its data and at its address. */
  let startCentral: () => Promise<PrometheusProcess>;
  let central: PrometheusProcess;
  let beside: PrometheusProcess;

  const query = async (expression: string, time = Date.now()): Promise<readonly Sample[]> => {
    const { result } = await central.ask<{ result: Sample[] }>(
      `query?query=${encodeURIComponent(expression)}&time=${time / 1000}`,
    );
    return result;
  };

  beforeAll(async () => {
    const folder = await cleanUp.folder();
    const [port, devicePort] = [await lastingPort(), await lastingPort()];
    const config = await besideTheDevice({ scrapes: devicePort, pushesTo: port });
    const centralConfig = await readYaml("central.yml");
    const args = ["--web.enable-remote-write-receiver"];
    startCentral = () => startPrometheusProcess(cleanUp, { config: centralConfig, port, folder, args });
    // All at once: Prometheus looks for its targets five seconds after its start.
    [central, beside] = await Promise.all([
      startCentral(),
      startPrometheusProcess(cleanUp, { config, agentMode: true }),
      startAgentOnHub(cleanUp, { env: { HUBHAND_OBSERVE_PORT: String(devicePort) } }),
    ]);
  });

  it("is there under its name, with what dashboards and alerts ask for", async () => {
    const name = '{job="hubhand",instance="demo-device",device="demo-device"}';
    await waitUntil("its series have arrived", async () => (await query(`up${name} == 1`)).length === 1);
    await waitUntil("the link's state has arrived", async () => {
      const [online] = await query(`hubhand_link_state{state="online",instance="demo-device"}`);
      return online?.value[1] === "1";
    });
    expect(await query("nodejs_heap_size_used_bytes")).toHaveLength(1);
    expect(await query("nodejs_heap_space_size_used_bytes")).toEqual([]);
  });

  it("keeps what it scrapes while the central one is away, and pushes it when that is back", async () => {
    await central.stop();
    const from = Date.now();
    const scrapes = new Set<string>();
    await waitUntil("it is scraped twice more", async () => {
      const { activeTargets } = await beside.ask<{
        activeTargets: { lastScrape: string }[];
      }>("targets");
      for (const { lastScrape } of activeTargets) if (Date.parse(lastScrape) > from) scrapes.add(lastScrape);
      return scrapes.size === 2;
    });
    const to = Date.now();
    central = await startCentral();
    await waitUntil("what was scraped meanwhile is there", async () => {
      const [count] = await query(`count_over_time(up{job="hubhand"}[${to - from}ms])`, to);
      return Number(count?.value[1] ?? 0) >= scrapes.size;
    });
  });

  it("may push what it has kept for two hours, though others have pushed what is newer", async () => {
    const at = Date.now() - 2 * HOUR;
    expect(await pushSample(central.url, { labels: { __name__: "late" }, value: 7, at })).toBe(204);
    expect(await query("late", at)).toMatchObject([{ value: [at / 1000, "7"] }]);
  });

  it("is found when it pushes no more: its last values are no news after five minutes", async () => {
    expect(await query(await silentRule())).toEqual([]);
    const [silent] = await query(await silentRule(), Date.now() + 10 * MINUTE);
    expect(silent?.metric).toEqual({ job: "hubhand", instance: "demo-device", device: "demo-device" });
  });
});

/** The configuration that ships, with the test's ports, and quicker than a weak link likes it. */
async function besideTheDevice(ports: { scrapes: number; pushesTo: number }): Promise<unknown> {
  const config = await readYaml("agent.yml");
  config.global.scrape_interval = "1s";
  config.scrape_configs[0].static_configs[0].targets = [`127.0.0.1:${ports.scrapes}`];
  const [remote] = config.remote_write;
  remote.url = `http://127.0.0.1:${ports.pushesTo}${new URL(remote.url).pathname}`;
  Object.assign(remote.queue_config, { batch_send_deadline: "200ms", max_backoff: "1s" });
  return config;
}
