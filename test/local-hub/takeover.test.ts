import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice, openRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

test("a new connection of a device ends the old one, and gets the calls", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const older = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const newer = await connectRawDevice({ hub, deviceId: "dev1" });
  await older.closed;
  expect((await seen("disconnected")).reason).toContain("400027");
  expect(hub.isConnected("dev1")).toBe(true);
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await newer.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
});

test("of many connections at once one is left, it is the one the hub speaks to, and it can be taken over again", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const devices = await Promise.all(Array.from({ length: 20 }, () => openRawDevice(hub)));
  // Those that lose may be closed before their CONNACK.
  await Promise.allSettled(devices.map((device) => device.login({ hub, deviceId: "dev1" })));
  await seen("disconnected", { count: 19 });
  expect(hub.isConnected("dev1")).toBe(true);

  const last = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await Promise.all(devices.map(({ closed }) => closed));
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await last.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
});
