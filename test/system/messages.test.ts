import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

/** `tell` answers when all messages are promised; `mutter` at once. */
const PLUGIN = `
import { definePlugin } from "hubhand";
export default definePlugin({
  methods: {
    async tell({ from = 1, count = 1, body, options }, { telemetry }) {
      const numbers = Array.from({ length: count }, (_, index) => from + index);
      return Promise.all(numbers.map((number) => telemetry.send(body ?? number, options)));
    },
    mutter({ count, after }, { telemetry }) {
      setTimeout(() => {
        for (let number = 1; number <= count; number += 1) telemetry.send(number);
      }, after);
    },
  },
});
`;

async function pluginFolder(): Promise<string> {
  const folder = await cleanUp.folder();
  await writeFile(join(folder, "teller.mjs"), PLUGIN);
  return folder;
}

const call = async (hub: LocalHub, methodName: string, payload: unknown) =>
  callMethod(hub, DEVICE_ID, { methodName, payload });

const bodies = (hub: LocalHub): unknown[] =>
  hub.messages.received().map(({ body }) => JSON.parse(body.toString()));

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

const readiness = async (url: string) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { parts: Record<string, unknown> }).parts.messages;

it("what a plugin tells the hub arrives with all that it was given, and is counted", async () => {
  const { hub, url } = await startAgentOnHub(cleanUp, { plugins: await pluginFolder() });
  const options = {
    ...{ stream: "alarms", priority: "high", messageId: "alarm-1", correlationId: "c-1" },
    properties: { level: "3", room: "Küche & Bad" },
  };
  const { payload } = await call(hub, "tell", { body: { smoke: true }, options });
  expect(payload).toEqual([{ messageId: "alarm-1" }]);
  const message = await hub.messages.next();
  expect(JSON.parse(message.body.toString())).toEqual({ smoke: true });
  expect(message.properties).toEqual(options.properties);
  expect(message.systemProperties).toMatchObject({
    "message-id": "alarm-1",
    "correlation-id": "c-1",
    "content-type": "application/json",
    "content-encoding": "utf-8",
  });
  const refused = await call(hub, "tell", { options: { priority: "urgent" } });
  expect(refused.payload).toMatchObject({
    error: { message: expect.stringMatching(/option priority is .* expected high, normal or low/) },
  });
  expect(await readiness(url)).toMatchObject({ ready: true, messages: 0, bytes: 0, onDisk: true });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('hubhand_messages_total{direction="device_to_cloud",outcome="ok"} 1');
  expect(metrics).toContain('hubhand_messages_total{direction="device_to_cloud",outcome="refused"} 1');
});

it("an agent that is stopped keeps what it could not tell, and the next one tells it in order while it answers calls", async () => {
  const plugins = await pluginFolder();
  const env = {
    HUBHAND_STATE_DIRECTORY: await cleanUp.folder(),
    HUBHAND_MESSAGES_OUTBOX_DRAIN_RATE: "500",
    HUBHAND_MESSAGES_OUTBOX_DRAIN_DELAY: "100ms",
    // In a process of its own a plugin would have to wait for some promises before it may ask for more.
    HUBHAND_PLUGINS_ISOLATE: "false",
    // Longer than the test: only the stop can have written them.
    HUBHAND_MESSAGES_OUTBOX_WRITE_DELAY: "60s",
  };
  const { hub, agent, url } = await startAgentOnHub(cleanUp, { plugins, env });
  await call(hub, "mutter", { count: 600, after: 100 });
  const refusal = hub.faults.add({ kind: "refuse-login" });
  hub.disconnect(DEVICE_ID);
  await waitUntil("all of it is there", async () => {
    const { messages } = (await readiness(url)) as { messages: number };
    return messages === 600;
  });
  agent.kill("SIGTERM");
  expect(await agent.exited).toBe(0);
  expect(bodies(hub)).toEqual([]);
  refusal.remove();

  const next = await startAgentOnHub(cleanUp, { plugins, env, on: hub });
  await next.agent.line("it drains", ({ msg }) => msg === "a backlog of messages is to be sent");
  let answers = 0;
  while (hub.messages.received().length < 600) {
    expect((await call(hub, "hubhand.ping", null)).status).toBe(200);
    answers += 1;
  }
  expect(answers).toBeGreaterThan(3);
  expect(bodies(hub)).toEqual(upTo(600));
  const ids = hub.messages.received().map(({ systemProperties }) => systemProperties["message-id"]);
  expect(new Set(ids).size).toBe(600);
});

it("what one device has to tell is never told as another: it stays on the disk until that one is back", async () => {
  const plugins = await pluginFolder();
  const env = { HUBHAND_STATE_DIRECTORY: await cleanUp.folder(), HUBHAND_PLUGINS_ISOLATE: "false" };
  const { hub, agent, url } = await startAgentOnHub(cleanUp, { plugins, env });
  await call(hub, "mutter", { count: 3, after: 200 });
  const refusal = hub.faults.add({ kind: "refuse-login" });
  hub.disconnect(DEVICE_ID);
  await waitUntil("all of it is there", async () => {
    const { messages } = (await readiness(url)) as { messages: number };
    return messages === 3;
  });
  agent.kill("SIGTERM");
  expect(await agent.exited).toBe(0);
  refusal.remove();

  await hub.registry.create({ deviceId: "pi-2" });
  const asAnother = { ...env, HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-2") };
  const other = await startAgentOnHub(cleanUp, { plugins, env: asAnother, on: hub });
  await other.agent.line("it says whose messages there are", ({ msg, identities }) => {
    const [whose] = (identities ?? []) as string[];
    return String(msg).startsWith("messages of other identities") && whose?.startsWith("pi-1@") === true;
  });
  await callMethod(hub, "pi-2", { methodName: "tell", payload: { from: 10 } });
  expect(bodies(hub)).toEqual([10]);
  other.agent.kill("SIGTERM");
  await other.agent.exited;

  const back = await startAgentOnHub(cleanUp, { plugins, env, on: hub });
  await waitUntil("they are told", () => bodies(hub).length === 4);
  const told = hub.messages
    .received()
    .map(({ systemProperties, body }) => [
      systemProperties["iothub-connection-device-id"],
      JSON.parse(body.toString()),
    ]);
  expect(told).toEqual([["pi-2", 10], ...[1, 2, 3].map((number) => ["pi-1", number])]);
  expect(back.agent.lines().some(({ identities }) => identities !== undefined)).toBe(false);
});
