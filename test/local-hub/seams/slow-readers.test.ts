import { once } from "node:events";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { startTestHub } from "../support/hub.ts";
import { RawDevice } from "../support/raw-device.ts";
import { keyIn, makeToken } from "../support/token.ts";

test("a device that is sent to and reads nothing is not waited for without bounds", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const socket = connect({ host: "127.0.0.1", port: hub.mqttPort, servername: "localhost", ca: hub.ca });
  await once(socket, "secureConnect");
  const device = new RawDevice(socket);
  const key = keyIn(hub.deviceConnectionString("dev1"));
  await device.login({
    deviceId: "dev1",
    password: makeToken({ resource: "localhost/devices/dev1", key }),
  });
  await device.subscribe([{ topic: "devices/dev1/messages/devicebound/#", qos: 0 }]);
  socket.pause();
  let sent = 0;
  for (; hub.isConnected("dev1") && sent < 2_000; sent++) {
    await hub.messages.send("dev1", { payload: Buffer.alloc(64_000) });
    // As calls of a back end come: each in its turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await seen("disconnected")).toMatchObject({ reason: "it did not read what it was sent" });
  // The largest queue there can be must have its place: 50 messages with a topic as long.
  expect(sent * 64_000).toBeGreaterThan(50 * 2 * 64_000);
});
