import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { HubAgent } from "../../../src/local-hub/index.ts";
import { connectRawDevice, openRawDevice, openRawWebSocketDevice } from "../support/raw-device.ts";
import { announced, nearlyMqtt } from "./mqtt-bytes.ts";
import { AT_ONCE, attempts, startBesiegedHub, TEST_LIMIT_MS } from "./unharmed.ts";
import { converse, cut, openTls, places } from "./wire.ts";

test(
  "nearly right packets before a login end at most their own connection, at the hub and at provisioning",
  async () => {
    const { hub, expectUnharmed } = await startBesiegedHub();
    const provisioning = await hub.startProvisioning();
    const client = fc.record({
      bytes: nearlyMqtt,
      places,
      port: fc.constantFrom(hub.mqttPort, provisioning.mqttPort),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(client, AT_ONCE), async (clients) => {
        await Promise.all(
          clients.map(async ({ bytes, port, places }) =>
            converse(await openTls(port, hub), cut(bytes, places)),
          ),
        );
      }),
      attempts(8),
    );
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

test(
  "nearly right packets of a device that is logged in end at most its own connection",
  async () => {
    const { hub, expectUnharmed } = await startBesiegedHub();
    await fc.assert(
      fc.asyncProperty(fc.array(nearlyMqtt, AT_ONCE), async (clients) => {
        await Promise.all(
          clients.map(async (bytes, index) => {
            const device = await connectRawDevice({ hub, deviceId: `bad${index}` });
            device.sendBytes(bytes);
            device.end();
            await device.closed;
          }),
        );
      }),
      attempts(8),
    );
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

test.each([
  ["before a login", false, 81 * 1024],
  ["before a login, as much as MQTT can say", false, 2 ** 28 - 1],
  ["after it", true, 322 * 1024],
  ["after it, as much as MQTT can say", true, 2 ** 28 - 1],
])(
  "who announces a packet that is too large %s is turned away before it sends any of it",
  async (_when, loggedIn, length) => {
    const { hub, seen, expectUnharmed } = await startBesiegedHub();
    for (const open of [openRawDevice, openRawWebSocketDevice]) {
      const device = loggedIn ? await connectRawDevice({ hub, deviceId: "dev2", open }) : await open(hub);
      device.sendBytes(announced(loggedIn ? 3 : 1, length));
      await device.closed;
    }
    const reason = `it announced a packet of ${length} bytes`;
    if (loggedIn) await seen("disconnected", { fits: (event) => event.reason === reason, count: 2 });
    else await seen("refused", { fits: (event) => event.reason === reason, count: 2 });
    await expectUnharmed();
  },
);

test("a large message that comes byte by byte is still taken", async () => {
  const { hub, seen } = await startBesiegedHub();
  const device = await connectRawDevice({ hub, deviceId: "dev2" });
  const topic = "devices/dev2/messages/events/";
  const payload = randomBytes(3000);
  const body = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic), payload]);
  const packet = Buffer.concat([announced(3, body.length), body]);
  for (const byte of packet) device.sendBytes(Buffer.from([byte]));
  expect(await seen("message")).toMatchObject({ topic, bytes: payload.length });
});

test("a WebSocket that pings and never reads the answers is closed", async () => {
  const { hub, expectUnharmed } = await startBesiegedHub();
  const webSocket = new WebSocket(`wss://localhost:${hub.webSocketPort}/$iothub/websocket`, "mqtt", {
    agent: new HubAgent(hub),
  });
  webSocket.on("error", () => {});
  await once(webSocket, "open");
  const closed = once(webSocket, "close");
  webSocket.pause();
  const ping = () => {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    for (let index = 0; index < 2000; index += 1) webSocket.ping(Buffer.alloc(125));
    setImmediate(ping);
  };
  ping();
  await closed;
  await expectUnharmed();
});

test("beyond the most connections of a port nobody is taken, and the log says so; then others are again", async () => {
  const { hub, seen, expectUnharmed } = await startBesiegedHub({ maxConnections: 3 });
  const sockets = await Promise.all([1, 2, 3].map(() => openRawDevice(hub)));
  await expect(openRawDevice(hub)).rejects.toThrow();
  expect(await seen("refused")).toMatchObject({ face: "mqtt", reason: "there are 3 connections already" });
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map((socket) => socket.closed));
  await expectUnharmed();
});
