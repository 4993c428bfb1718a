import { expect, test } from "vitest";
import { createActivity } from "../../src/local-hub/identities/activity.ts";
import { memoryStore } from "../../src/local-hub/store/store.ts";
import { registryClient } from "./support/clients.ts";
import { startTestHub, temporaryFolder } from "./support/hub.ts";
import { connectModule } from "./support/identity-clients.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

const NEVER = "0001-01-01T00:00:00";

/** A clock that goes only when it is told to. */
function clock() {
  let time = Date.now();
  return {
    now: () => time,
    tick() {
      time += 1000;
      return new Date(time).toISOString();
    },
  };
}

test("a device's document says since when it is connected, and when it was last heard of", async () => {
  const { now, tick } = clock();
  const { hub, seen } = await startTestHub({ now, devices: ["dev1", "dev2"] });
  const registry = registryClient(hub);
  const document = async () => (await registry.get("dev1")).responseBody;
  expect(await document()).toMatchObject({
    connectionState: "Disconnected",
    connectionStateUpdatedTime: NEVER,
    lastActivityTime: NEVER,
  });

  const connectedAt = tick();
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  expect(await document()).toMatchObject({
    connectionState: "Connected",
    connectionStateUpdatedTime: connectedAt,
    lastActivityTime: connectedAt,
  });

  const sentAt = tick();
  device.publish("devices/dev1/messages/events/", "21", { qos: 1 });
  await device.acknowledged();
  expect(await document()).toMatchObject({
    connectionStateUpdatedTime: connectedAt,
    lastActivityTime: sentAt,
  });

  const endedAt = tick();
  hub.disconnect("dev1");
  await seen("disconnected");
  expect(await document()).toMatchObject({
    connectionState: "Disconnected",
    connectionStateUpdatedTime: endedAt,
    lastActivityTime: sentAt,
  });
  expect(hub.twins.get("dev1")).toMatchObject({
    connectionState: "Disconnected",
    lastActivityTime: sentAt,
    statusUpdateTime: `${NEVER}Z`,
  });
  await connectRawDevice({ hub, deviceId: "dev2" });
  const query = "SELECT deviceId FROM devices WHERE connectionState = 'Connected'";
  expect((await registry.createQuery(query).next()).result).toEqual([{ deviceId: "dev2" }]);
});

test("a message to the device counts once it is handed over, not while it waits", async () => {
  const { now, tick } = clock();
  const { hub, seen } = await startTestHub({ now, devices: ["dev1"] });
  const lastActivity = () => hub.twins.get("dev1").lastActivityTime;
  await hub.messages.send("dev1", { payload: "21" });
  expect(lastActivity()).toBe(`${NEVER}Z`);
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  const sentAt = tick();
  await device.subscribe([{ topic: "devices/dev1/messages/devicebound/#" }]);
  await seen("message-to-device", { fits: ({ state }) => state === "sent" });
  expect(lastActivity()).toBe(sentAt);
});

test("the end of a connection that a newer one took over changes nothing", () => {
  const { now, tick } = clock();
  const store = memoryStore();
  const activity = createActivity({ store, exists: () => true, isConnected: () => true, now });
  const tell = activity.follow(() => {});
  const connection = { deviceId: "dev1", remote: "127.0.0.1:1" };
  const connected = () => tell({ event: "connected", ...connection, cleanSession: false, online: false });
  connected();
  const takenOverAt = tick();
  connected();
  tick();
  tell({ event: "disconnected", ...connection, reason: "taken over" });
  expect(activity.of("dev1")).toEqual({
    connectionState: "Connected",
    connectionStateUpdatedTime: takenOverAt,
    lastActivityTime: takenOverAt,
  });
});

test("an answered method counts, of a module too; one that was not answered does not", async () => {
  const { now, tick } = clock();
  const { hub } = await startTestHub({ now, devices: ["dev1"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  const registry = registryClient(hub);
  const lastActivity = async () => (await registry.getModule("dev1", "mod1")).responseBody.lastActivityTime;
  await callMethod({ hub, deviceId: "dev1/modules/mod1", methodName: "ping" });
  expect(await lastActivity()).toBe(NEVER);
  await connectModule({
    hub,
    deviceId: "dev1",
    moduleId: "mod1",
    methods: { ping: (_request, response) => response.send(200) },
  });
  await callMethod({ hub, deviceId: "dev1/modules/mod1", methodName: "ping", connectTimeoutInSeconds: 20 });
  const answeredAt = tick();
  await callMethod({ hub, deviceId: "dev1/modules/mod1", methodName: "ping" });
  expect(await lastActivity()).toBe(answeredAt);
});

test("the times are kept with the hub's folder, and go with their device", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub: first, seen } = await startTestHub({ dataDirectory, devices: ["dev1", "dev2"] });
  await connectRawDevice({ hub: first, deviceId: "dev1" });
  await connectRawDevice({ hub: first, deviceId: "dev2" });
  await first.registry.delete("dev2");
  // Its connection ends after it, and must not bring it back.
  await seen("disconnected", { fits: ({ deviceId }) => deviceId === "dev2" });
  await first.stop();

  const { hub: second } = await startTestHub({ dataDirectory });
  const { responseBody: kept } = await registryClient(second).get("dev1");
  expect(kept).toMatchObject({ connectionState: "Disconnected" });
  expect(Math.abs(Date.parse(String(kept.connectionStateUpdatedTime)) - Date.now())).toBeLessThan(60_000);
  await second.registry.create({ deviceId: "dev2" });
  expect((await registryClient(second).get("dev2")).responseBody).toMatchObject({
    connectionStateUpdatedTime: NEVER,
    lastActivityTime: NEVER,
  });
});
