import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { describe as describeEvent } from "../../../src/commands/hub/events.ts";
import { HubAgent } from "../../../src/local-hub/index.ts";
import { connectRawDevice, openRawDevice } from "../support/raw-device.ts";
import { AT_ONCE, attempts, startBesiegedHub, TEST_LIMIT_MS } from "./unharmed.ts";
import { anyText, converse, openTcp, openTls } from "./wire.ts";

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });

test(
  "random bytes instead of a TLS handshake, on both ports, are only an event",
  async () => {
    const { hub, seen, expectUnharmed } = await startBesiegedHub();
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (garbage, mqtt) => {
        const port = mqtt ? hub.mqttPort : hub.httpsPort;
        await converse(await openTcp(port), [garbage]);
      }),
      attempts(40),
    );
    await seen("connection-error", { fits: ({ face }) => face === "mqtt" });
    await seen("connection-error", { fits: ({ face }) => face === "https" });
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

test(
  "random bytes inside TLS, on both ports, are only an event",
  async () => {
    const { hub, seen, expectUnharmed } = await startBesiegedHub();
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (garbage, mqtt) => {
        const port = mqtt ? hub.mqttPort : hub.httpsPort;
        await converse(await openTls(port, hub), [garbage]);
      }),
      attempts(60),
    );
    await seen("connection-error", { fits: ({ face }) => face === "https" });
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

test(
  "random bytes inside a WebSocket end at most that one",
  async () => {
    const { hub, expectUnharmed } = await startBesiegedHub();
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
      attempts(40),
    );
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

test(
  "random topics, names and replies of a device end at most its own connection",
  async () => {
    const { hub, expectUnharmed } = await startBesiegedHub();
    const topic = fc.oneof(
      anyText(80),
      fc.string({ maxLength: 40 }).map((tail) => `$iothub/methods/res/${tail}`),
      fc.string({ maxLength: 40 }).map((tail) => `$iothub/twin/${tail}`),
      fc.string({ maxLength: 40 }).map((tail) => `devices/bad1/messages/events/${tail}`),
      fc.nat(150).map((levels) => "a/".repeat(levels)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(topic, fc.boolean()), AT_ONCE), async (clients) => {
        await Promise.all(
          clients.map(async ([text, subscribe], index) => {
            const device = await connectRawDevice({ hub, deviceId: `bad${index}` });
            if (subscribe) device.sendSubscribe([{ topic: text }]);
            else device.publish(text, "x");
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

test("a packet before CONNECT, and a second CONNECT, close the connection", async () => {
  const { hub, expectUnharmed } = await startBesiegedHub();
  const early = await openRawDevice(hub);
  early.publish("devices/dev1/messages/events/", "x");
  await early.closed;
  const twice = await connectRawDevice({ hub, deviceId: "dev1" });
  await Promise.allSettled([twice.login({ hub, deviceId: "dev1" })]);
  await twice.closed;
  await expectUnharmed();
});

test("an id that is long, and full of control characters, floods no log and commands no terminal", async () => {
  const { hub, seen } = await startBesiegedHub();
  const device = await openRawDevice(hub);
  const { returnCode } = await device.login({
    deviceId: `\u001b[2J\n${"x".repeat(20_000)}`,
    password: "none",
  });
  expect(returnCode).toBe(5);
  const refused = await seen("refused");
  expect(refused.deviceId?.length).toBeLessThanOrEqual(1001);
  expect(describeEvent(refused)).toMatch(/^[^\p{Cc}]*$/u);
});
