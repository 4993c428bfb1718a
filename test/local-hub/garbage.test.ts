import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { HubAgent } from "../../src/local-hub/index.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice, openRawDevice } from "./support/raw-device.ts";
import { callMethod, callRest } from "./support/rest.ts";

/** The hub is up, and does its work. */
async function expectAlive(hub: LocalHub): Promise<void> {
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await device.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
  await device.disconnect();
}

async function sendAndClose(socket: ReturnType<typeof connectTcp>, ready: string, bytes: Uint8Array) {
  socket.on("error", () => {});
  await once(socket, ready);
  const closed = once(socket, "close");
  socket.end(bytes);
  socket.resume();
  await closed;
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });

test("random bytes instead of a TLS handshake, on both ports, are only an event", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (garbage, mqtt) => {
      const port = mqtt ? hub.mqttPort : hub.httpsPort;
      await sendAndClose(connectTcp({ host: "127.0.0.1", port }), "connect", garbage);
    }),
    { numRuns: 40 },
  );
  await seen("connection-error", { fits: ({ face }) => face === "mqtt" });
  await seen("connection-error", { fits: ({ face }) => face === "https" });
  await expectAlive(hub);
});

test("random bytes inside TLS, on both ports, are only an event", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (garbage, mqtt) => {
      const port = mqtt ? hub.mqttPort : hub.httpsPort;
      const socket = connectTls({ host: "127.0.0.1", port, servername: "localhost", ca: hub.ca });
      await sendAndClose(socket, "secureConnect", garbage);
    }),
    { numRuns: 60 },
  );
  await seen("connection-error", { fits: ({ face }) => face === "https" });
  await expectAlive(hub);
});

test("random bytes inside a WebSocket end at most that one", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 4 }), async (frames) => {
      const webSocket = new WebSocket(`wss://localhost:${hub.webSocketPort}/$iothub/websocket`, "mqtt", {
        agent: new HubAgent(hub),
      });
      await once(webSocket, "open");
      for (const frame of frames) webSocket.send(frame);
      webSocket.close();
      await once(webSocket, "close");
    }),
    { numRuns: 40 },
  );
  await expectAlive(hub);
});

test("random MQTT packets of a device that is logged in end at most its own connection", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const packet = fc.record({
    type: fc.integer({ min: 0, max: 15 }),
    flags: fc.integer({ min: 0, max: 15 }),
    body: fc.uint8Array({ maxLength: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 5 }), async (packets) => {
      const device = await connectRawDevice({ hub, deviceId: "dev2" });
      for (const { type, flags, body } of packets) device.send(type, flags, [Buffer.from(body)]);
      await Promise.race([device.ping().catch(() => {}), device.closed]);
      device.destroy();
    }),
    { numRuns: 100 },
  );
  await expectAlive(hub);
});

test("random topics, names and replies of a device end at most its own connection", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const topic = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.string({ maxLength: 40 }).map((tail) => `$iothub/methods/res/${tail}`),
    fc.string({ maxLength: 40 }).map((tail) => `$iothub/twin/${tail}`),
    fc.string({ maxLength: 40 }).map((tail) => `devices/dev2/messages/events/${tail}`),
    fc.nat(150).map((levels) => "a/".repeat(levels)),
  );
  await fc.assert(
    fc.asyncProperty(topic, fc.boolean(), async (text, subscribe) => {
      const device = await connectRawDevice({ hub, deviceId: "dev2" });
      if (subscribe) device.sendSubscribe([{ topic: text }]);
      else device.publish(text, "x");
      await Promise.race([device.ping().catch(() => {}), device.closed]);
      device.destroy();
    }),
    { numRuns: 100 },
  );
  await expectAlive(hub);
});

test("random bodies and paths at the service face get an error of the service, or close", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const path = fc.oneof(
    fc.constantFrom("/twins/dev1/methods", "/devices/dev1", "/devices"),
    fc.webPath().map((text) => text || "/"),
  );
  const body = fc.oneof(fc.json(), fc.string());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "PUT", "POST", "DELETE"),
      path,
      body,
      async (method, target, text) => {
        const { status } = await callRest({ hub, method, path: target, body: text });
        expect(status).toBeLessThan(500);
      },
    ),
    { numRuns: 100 },
  );
  await hub.registry.create({ deviceId: "dev1" }).catch(() => {});
  await expectAlive(hub);
});

test("a packet before CONNECT, and a second CONNECT, close the connection", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const early = await openRawDevice(hub);
  early.publish("devices/dev1/messages/events/", "x");
  await early.closed;
  const twice = await connectRawDevice({ hub, deviceId: "dev1" });
  await Promise.allSettled([twice.login({ hub, deviceId: "dev1" })]);
  await twice.closed;
  await expectAlive(hub);
});
