import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { startAgentProcess } from "../support/agent/agent-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const reportedAt = (hub: LocalHub) => hub.twins.get(DEVICE_ID).properties.reported;

test("an agent tells the hub what it is, how often it started and how its last run ended", async () => {
  const state = await cleanUp.folder();
  const { hub, agent, url } = await startAgentOnHub(cleanUp, { env: { HUBHAND_STATE_DIRECTORY: state } });
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

  agent.kill("SIGKILL");
  await agent.exited;
  const next = startAgentProcess(cleanUp, {
    hub,
    deviceId: DEVICE_ID,
    env: { HUBHAND_PLUGINS_DIRECTORY: "examples/demo", HUBHAND_STATE_DIRECTORY: state },
  });
  const told = () => reportedAt(hub).agent as Record<string, unknown>;
  await waitUntil("the second run is reported", () => told().bootCount === 2);
  expect(told().lastExit).toEqual({ reason: "killed" });
  next.kill("SIGTERM");
  await next.exited;
  expect(JSON.parse(await readFile(path.join(state, "boot.json"), "utf8"))).toMatchObject({
    count: 2,
    ended: { reason: "stopped" },
  });
});

test("what was desired of an agent while it was offline is in force within a second of its return", async () => {
  const quick = ["REFUSED", "NETWORK", "CONFLICT"].flatMap((patience) => [
    [`HUBHAND_LINK_BACKOFF_${patience}_BASE`, "20ms"],
    [`HUBHAND_LINK_BACKOFF_${patience}_MAX`, "100ms"],
  ]);
  const { hub, agent } = await startAgentOnHub(cleanUp, { env: Object.fromEntries(quick) });
  const reported = () => reportedAt(hub) as Record<string, { value?: unknown } | undefined>;
  await waitUntil("it has reported", () => reported().agent !== undefined);
  for (const [round, level] of (["debug", "info", "debug"] as const).entries()) {
    const fault = hub.faults.add({ kind: "refuse-login", returnCode: 3 });
    hub.disconnect(DEVICE_ID);
    await waitUntil("it was refused", () => fault.struck > 0);
    hub.twins.patch(DEVICE_ID, { properties: { desired: { logLevel: level, heartbeatInterval: "10m" } } });
    fault.remove();
    const online = () => agent.lines().filter(({ state }) => state === "online");
    await waitUntil("it is back", () => online().length === round + 2);
    const [onlineAt] = online().slice(-1);
    await waitUntil("it has answered", () => reported().logLevel?.value === level);
    const { $metadata } = reportedAt(hub) as unknown as { $metadata: { logLevel: { $lastUpdated: string } } };
    const answeredAt = Date.parse($metadata.logLevel.$lastUpdated);
    expect(answeredAt - Date.parse(String(onlineAt?.time))).toBeLessThan(1_000);
  }
  expect(reported().heartbeatInterval).toEqual({ value: "10m", ac: 200, av: 4 });
});
