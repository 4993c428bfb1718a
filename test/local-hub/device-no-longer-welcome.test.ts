import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { keyIn, makeToken } from "./support/token.ts";

const NEW_KEY = Buffer.alloc(32, 7).toString("base64");

test.each<[string, (hub: LocalHub) => Promise<unknown>]>([
  ["deleted", (hub) => hub.registry.delete("dev1")],
  ["disabled", (hub) => hub.registry.update({ deviceId: "dev1", status: "disabled" })],
  ["given another key", (hub) => hub.registry.update({ deviceId: "dev1", primaryKey: NEW_KEY })],
  ["disconnected on request", async (hub) => hub.disconnect("dev1")],
])("a device that is %s loses its connection", async (_what, change) => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await change(hub);
  await device.closed;
  await seen("disconnected");
  expect(hub.isConnected("dev1")).toBe(false);
});

test("a new secondary key does not end a connection that was made with the primary one", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  await hub.registry.update({ deviceId: "dev1", secondaryKey: NEW_KEY });
  await device.ping();
});

test("new device keys do not end a connection that was made with a hub policy", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const key = keyIn(hub.serviceConnectionString);
  const password = makeToken({ resource: "localhost", key, policyName: "iothubowner" });
  const device = await connectRawDevice({ hub, deviceId: "dev1", password });
  await hub.registry.update({ deviceId: "dev1", primaryKey: NEW_KEY });
  await device.ping();
});

test("a device made again under the same id does not inherit the session of its predecessor", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await hub.registry.delete("dev1");
  await device.closed;
  await hub.registry.create({ deviceId: "dev1" });
  const successor = await connectRawDevice({ hub, deviceId: "dev1" });
  expect(successor.sessionPresent).toBe(false);
});
