import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { type AgentOnHub, DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const TAKER = `export default { isolate: false, messages: {
  valve: { description: "Opens and closes it.", handler: (payload, { message, telemetry }) =>
    telemetry.send({ payload, messageId: message.messageId }) },
} };`;

const bodies = ({ hub }: AgentOnHub): unknown[] =>
  hub.messages.received({ deviceId: DEVICE_ID }).map(({ body }) => JSON.parse(body.toString()) as unknown);

it("a message from the hub reaches its handler, which the back end is told; without one it stays in the hub", async () => {
  const plugins = await cleanUp.folder();
  const scene = await startAgentOnHub(cleanUp, { plugins, env: { HUBHAND_PLUGINS_RELOAD: "true" } });
  const { hub, url } = scene;
  const send = (payload: object) =>
    hub.messages.send(DEVICE_ID, {
      payload: JSON.stringify(payload),
      ack: "full",
      properties: { type: "valve" },
    });
  const first = await send({ open: 1 });
  // It comes with the plugin: nothing is subscribed before.
  expect(hub.messages.waiting(DEVICE_ID)).toMatchObject([{ deliveryCount: 0 }]);
  await writeFile(path.join(plugins, "taker.mjs"), TAKER);
  await waitUntil("the hub has its answer", () => bodies(scene).length === 1);
  expect(bodies(scene)).toEqual([{ payload: { open: 1 }, messageId: first.messageId }]);
  const { statusCode, originalMessageId } = await hub.messages.feedback.next();
  expect([statusCode, originalMessageId]).toEqual(["Success", first.messageId]);

  // Sessions come and go.
  hub.disconnect(DEVICE_ID);
  const second = await send({ open: 2 });
  await waitUntil("the hub has its answer", () => bodies(scene).length === 2);
  expect(bodies(scene).at(-1)).toEqual({ payload: { open: 2 }, messageId: second.messageId });

  const described = await callMethod(hub, DEVICE_ID, { methodName: "hubhand.describe", payload: null });
  expect(described.payload).toMatchObject({
    messages: {
      valve: { plugin: "taker", description: "Opens and closes it.", timeoutMs: 30_000, queue: 50 },
    },
  });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('hubhand_messages_total{direction="cloud_to_device",outcome="ok"} 2');
  const ready = (await (await fetch(`${url}/readyz`)).json()) as { parts: Record<string, unknown> };
  expect(ready.parts.inbox).toEqual({ ready: true, waiting: 0 });
});
