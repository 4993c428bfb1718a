import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { DEVICE_ID, startAgentOnHub } from "../support/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { startHubhand } from "../support/hubhand-process.ts";
import { waitUntil } from "../support/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const reportedAt = (hub: LocalHub) => hub.twins.get(DEVICE_ID).properties.reported;

test("an agent tells the hub what it is, how often it started and how its last run ended", async () => {
  const env = { HUBHAND_STATE_DIRECTORY: await cleanUp.folder() };
  const { hub, agent, url } = await startAgentOnHub(cleanUp, { env });
  await waitUntil("its plugins are reported", () =>
    JSON.stringify(reportedAt(hub).plugins ?? {}).includes("hubhand_ping"),
  );
  expect(reportedAt(hub)).toMatchObject({
    agent: {
      version: expect.stringMatching(/^\d/),
      node: process.versions.node,
      bootCount: 1,
      followsTwin: true,
    },
    link: { way: "mqtt", connects: 1, failures: 0, onlineSince: expect.any(String) },
    plugins: { hubhand: { kind: "built-in", up: true, methods: { hubhand_ping: true } } },
  });
  expect(reportedAt(hub).agent).not.toHaveProperty("lastExit");
  const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: { twin: unknown } };
  expect(parts.twin).toEqual({ ready: true, version: 1 });

  const again = async (bootCount: number, howItEnds: NodeJS.Signals) => {
    const next = startHubhand(["run"], {
      HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(DEVICE_ID),
      HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
      HUBHAND_PLUGINS_DIRECTORY: "examples/demo",
      HUBHAND_OBSERVE_PORT: "0",
      ...env,
    });
    await waitUntil(`boot ${bootCount} is reported`, () => {
      const { agent } = reportedAt(hub) as { agent: { bootCount: number } };
      return agent.bootCount === bootCount;
    });
    const { agent } = reportedAt(hub);
    next.kill(howItEnds);
    await next.exited;
    return agent;
  };
  agent.kill("SIGKILL");
  await agent.exited;
  expect(await again(2, "SIGTERM")).toMatchObject({ lastExit: { reason: "killed" } });
  expect(await again(3, "SIGKILL")).toMatchObject({
    lastExit: { reason: "stopped", at: expect.stringMatching(/^20/) },
  });
});

test("a device that shall neither follow nor report leaves its twin alone", async () => {
  const { hub, url } = await startAgentOnHub(cleanUp, {
    env: { HUBHAND_TWIN_FOLLOW: "false", HUBHAND_TWIN_REPORT: "false" },
  });
  const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: object };
  expect(parts).not.toHaveProperty("twin");
  expect(Object.keys(reportedAt(hub))).toEqual(["$metadata", "$version"]);
});
