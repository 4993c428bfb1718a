import { describe, expect, it } from "vitest";
import { type HubhandProcess, startHubhand } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { lastingPort } from "../support/lasting-port.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

/** Seconds that the hub is gone; the README names a run with a minute. */
const OUTAGE_SECONDS = Number(process.env.OUTAGE_SECONDS ?? 3);

interface Listening {
  readonly mqttPort: number;
  readonly httpsPort: number;
  readonly caFile: string;
  readonly serviceConnectionString: string;
  readonly devices: Record<string, string>;
}

async function startHub(
  folder: string,
  ports: { mqttPort: number; httpsPort: number },
): Promise<{ process: HubhandProcess; listening: Listening }> {
  const { mqttPort, httpsPort } = ports;
  const process = startHubhand([
    "hub",
    ...["--mqtt-port", String(mqttPort), "--https-port", String(httpsPort)],
    ...["--data-dir", folder, "--device", "pi-1", "--json"],
  ]);
  cleanUp.add(async () => {
    process.kill("SIGKILL");
    await process.exited;
  });
  const line: unknown = await process.line("the hub listens", ({ event }) => event === "listening");
  return { process, listening: line as Listening };
}

const metric = async (url: string, series: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );
};

describe("a hub that is killed and comes back", () => {
  it(`for ${OUTAGE_SECONDS} s: the agent tells the truth all along, and answers again without being touched`, async () => {
    const folder = await cleanUp.folder();
    const first = await startHub(folder, {
      mqttPort: await lastingPort(),
      httpsPort: await lastingPort(),
    });
    const agent = startHubhand(["run"], {
      HUBHAND_CONNECTION_STRING: first.listening.devices["pi-1"] ?? "",
      HUBHAND_HUB_CA_FILE: first.listening.caFile,
      HUBHAND_PLUGINS_DIRECTORY: "examples/demo",
      HUBHAND_OBSERVE_PORT: "0",
    });
    cleanUp.add(async () => {
      agent.kill("SIGKILL");
      await agent.exited;
    });
    const url = String((await agent.line("it listens", (line) => typeof line.url === "string")).url);
    const ready = async () => (await fetch(`${url}/readyz`)).status === 200;
    await waitUntil("the agent is ready", ready);
    expect(await metric(url, 'hubhand_link_state{state="online"}')).toBe(1);
    expect(await metric(url, "hubhand_link_connected_since_timestamp_seconds")).toBeGreaterThan(1e9);

    first.process.kill("SIGKILL");
    await first.process.exited;
    await waitUntil("the agent knows", async () => !(await ready()));
    const gone = performance.now();
    let looks = 0;
    while (performance.now() - gone < OUTAGE_SECONDS * 1000) {
      const response = await fetch(`${url}/readyz`);
      expect(response.status).toBe(503);
      const { parts } = (await response.json()) as {
        parts: { link: { ready: boolean; lastFailure?: { class: string } } };
      };
      expect(parts.link.ready).toBe(false);
      expect(await metric(url, 'hubhand_link_state{state="online"}')).toBe(0);
      expect(await metric(url, "hubhand_link_connected_since_timestamp_seconds")).toBe(0);
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(looks).toBeGreaterThan(5);
    expect(await metric(url, 'hubhand_link_failures_total{class="lost"}')).toBe(1);
    expect(await metric(url, 'hubhand_link_failures_total{class="network"}')).toBeGreaterThan(0);

    const { listening } = await startHub(folder, first.listening);
    expect(listening.serviceConnectionString).toBe(first.listening.serviceConnectionString);
    await waitUntil("the agent is ready again", ready, 60_000);
    const { httpsPort, serviceConnectionString, caFile } = listening;
    const answer = await callMethod({ httpsPort, serviceConnectionString, caFile }, "pi-1", {
      methodName: "DeviceMethod",
      payload: 1,
    });
    expect(answer.status).toBe(200);
    expect(await metric(url, 'hubhand_method_calls_total{method="DeviceMethod",outcome="ok"}')).toBe(1);
    expect(isSamePid(agent)).toBe(true);
  }, 120_000);
});

const isSamePid = (agent: HubhandProcess): boolean =>
  agent.lines().filter(({ msg }) => String(msg).endsWith("starts")).length === 1;
