import { globalAgent } from "node:https";
import { DigitalTwinClient, IoTHubTokenCredentials } from "azure-iothub";
import { expect, it } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { startHubhand } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { methodCaller } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const PLUGINS = {
  "meter-1.mjs": `export default {
    settings: { type: "object", properties: { seconds: { type: "integer", default: 60 } } },
    start({ settings, log }) { log.debug(settings, "the meter starts"); },
    methods: { show: (_, { settings }) => settings },
  };`,
  "valve.mjs": `export default {
    settings: { type: "object", properties: { open: { type: "boolean" } } },
    settingsChanged() {},
    methods: { valve: (_, { settings }) => settings },
  };`,
};

/** The device acknowledges this version of a property, in a component or at the root. */
async function acknowledged(hub: LocalHub, path: readonly string[], version: number): Promise<unknown> {
  const found = (): { av?: number } | undefined =>
    path.reduce<unknown>(
      (part, name) => (part as Record<string, unknown> | undefined)?.[name],
      hub.twins.get(DEVICE_ID).properties.reported,
    ) as { av?: number } | undefined;
  await waitUntil(`${path.join(".")} is acknowledged`, () => found()?.av === version);
  return found();
}

function desire(hub: LocalHub, desired: Record<string, never>): number {
  const { properties } = hub.twins.patch(DEVICE_ID, { properties: { desired } });
  return Number(properties.desired.$version);
}

it("what a twin desires of a plugin and of the device is in force, acknowledged, and outlasts a restart without a hub", async () => {
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, PLUGINS);
  const state = await cleanUp.folder();
  const { hub, agent } = await startAgentOnHub(cleanUp, {
    plugins,
    env: { HUBHAND_STATE_DIRECTORY: state, HUBHAND_PLUGINS_TRUST_FOLDER: "true" },
  });
  const caller = await methodCaller(hub);
  const call = (methodName: string) => caller(DEVICE_ID, { methodName });

  // While calls come in, one after the other from several sides.
  let isAcknowledged = false;
  const replies: { status: number; payload: unknown }[] = [];
  const callers = Array.from({ length: 4 }, async () => {
    while (!isAcknowledged || replies.length < 200) replies.push(await call("show"));
  });
  const version = desire(hub, {
    meter_1: { __t: "c", seconds: 5 },
    valve: { __t: "c", open: "wide" },
    logLevel: "debug",
  } as never);
  expect(await acknowledged(hub, ["meter_1", "seconds"], version)).toEqual({
    value: 5,
    ac: 200,
    av: version,
  });
  isAcknowledged = true;
  await Promise.all(callers);
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await call("show")).toEqual({ status: 200, payload: { seconds: 5 } });
  expect(await acknowledged(hub, ["valve", "open"], version)).toEqual({
    ac: 400,
    ad: "open must be boolean",
    av: version,
  });
  expect(await acknowledged(hub, ["logLevel"], version)).toEqual({ value: "debug", ac: 200, av: version });
  expect(await call("hubhand.logLevel")).toMatchObject({ payload: { level: "debug", configured: "debug" } });

  // The same as a digital twin, with Microsoft's client.
  globalAgent.options.ca = hub.ca;
  const digital = new DigitalTwinClient(new IoTHubTokenCredentials(hub.serviceConnectionString));
  expect(await digital.getDigitalTwin(DEVICE_ID)).toMatchObject({ meter_1: { seconds: 5 } });
  expect(await digital.invokeComponentCommand(DEVICE_ID, "meter_1", "show", "")).toMatchObject({
    body: { seconds: 5 },
    xMsCommandStatuscode: 200,
  });

  const next = desire(hub, { enabledPlugins: { valve: false } } as never);
  await acknowledged(hub, ["enabledPlugins"], next);
  expect(await call("valve")).toMatchObject({
    status: 404,
    payload: { error: { code: "METHOD_NOT_FOUND" } },
  });

  agent.kill("SIGTERM");
  await agent.exited;
  const connectionString = hub.deviceConnectionString(DEVICE_ID);
  await hub.stop();
  const again = startHubhand(["run"], {
    HUBHAND_CONNECTION_STRING: connectionString,
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_PLUGINS_DIRECTORY: plugins,
    HUBHAND_PLUGINS_TRUST_FOLDER: "true",
    HUBHAND_OBSERVE_PORT: "0",
    HUBHAND_STATE_DIRECTORY: state,
  });
  cleanUp.add(async () => {
    again.kill("SIGKILL");
    await again.exited;
  });
  // The line is there at all: what the twin desired of the log is in force, too.
  const start = await again.line("the meter starts", ({ msg }) => msg === "the meter starts");
  expect(start).toMatchObject({ level: "debug", seconds: 5 });
  await again.line("the meter serves", ({ msg }) => msg === 'plugin "meter-1" serves');
  const { url } = await again.line("the agent listens", (line) => typeof line.url === "string");
  const { parts } = (await (await fetch(`${url}/readyz`)).json()) as {
    parts: { plugins: { plugins: readonly { name: string }[] } };
  };
  expect(parts.plugins.plugins.map(({ name }) => name)).toEqual(["hubhand", "meter-1"]);
});
