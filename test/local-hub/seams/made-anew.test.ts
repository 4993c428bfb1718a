import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type LocalHub, startLocalHub } from "../../../src/local-hub/index.ts";
import { startTestHub } from "../support/hub.ts";
import { connectRawDevice, openRawDevice, type RawDevice } from "../support/raw-device.ts";
import { callMethod, callRest } from "../support/rest.ts";

const KEYS = { primaryKey: randomBytes(32).toString("base64"), secondaryKey: "" };
const DEV1 = { deviceId: "dev1", ...KEYS };
const DEVICEBOUND = { topic: "devices/dev1/messages/devicebound/#", qos: 1 };
const NEVER = "0001-01-01T00:00:00";

async function makeAnew(hub: LocalHub): Promise<void> {
  await hub.registry.delete("dev1");
  await hub.registry.create(DEV1);
}

/** What the device takes of a message that is for whoever has its id now. */
async function hears(hub: LocalHub, device: RawDevice): Promise<boolean> {
  await hub.messages.send("dev1", { payload: "for the new one" });
  await device.ping();
  return device.unread() > 0;
}

test("a device that is deleted and made again with the same keys at once has nothing of the old one", async () => {
  const { hub, seen } = await startTestHub();
  await hub.registry.create(DEV1);
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  hub.twins.patch("dev1", { tags: { old: true }, properties: { desired: { old: true } } });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const called = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  await device.nextCall();
  await device.subscribe([DEVICEBOUND]);
  await hub.messages.send("dev1", { payload: "for the old one" });
  device.publish("$iothub/twin/PATCH/properties/reported/?$rid=1", '{"old":true}');
  await seen("twin-reported");

  await makeAnew(hub);
  expect((await called).status).toBe(404);
  await device.closed;
  await seen("disconnected");
  expect(hub.modules.list("dev1")).toEqual([]);
  expect(hub.messages.waiting("dev1")).toEqual([]);
  expect(hub.twins.forDevice("dev1")).toMatchObject({
    desired: { $version: 1 },
    reported: { $version: 1 },
  });
  expect(hub.twins.get("dev1").tags).toBeUndefined();
  const shown = (await callRest({ hub, path: "/devices/dev1" })).json();
  expect(shown).toMatchObject({ connectionStateUpdatedTime: NEVER, lastActivityTime: NEVER });
  const again = await connectRawDevice({ hub, deviceId: "dev1" });
  expect(again.sessionPresent).toBe(false);
  expect(await hears(hub, again)).toBe(false);
});

test("whoever is in the middle of his login then is not let in with the session of the old one", async () => {
  const { hub } = await startTestHub();
  await hub.registry.create(DEV1);
  for (let turns = 0; turns < 14; turns++) {
    const before = await connectRawDevice({ hub, deviceId: "dev1" });
    await before.subscribe([DEVICEBOUND]);
    await before.disconnect();
    const device = await openRawDevice(hub);
    const login = device.login({ hub, deviceId: "dev1" }).catch(() => ({ returnCode: -1 }));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await makeAnew(hub);
    if ((await login).returnCode !== 0) continue;
    expect(await hears(hub, device).catch(() => false)).toBe(false);
  }
});

test("who does something with the hub in the midst of what it tells meets it in order", async () => {
  const told: string[] = [];
  const hub: LocalHub = await startLocalHub({
    log(event) {
      if (event.event === "device-changed" && event.deviceId === "dev1" && event.change === "created") {
        hub.registry.create({ deviceId: "dev2" }).catch(() => {});
      }
      if (event.event !== "message-to-device" || event.state !== "sent") return;
      told.push(event.messageId);
      if (event.messageId === "1") void hub.messages.send("dev1", { payload: "", messageId: "3" });
      if (event.messageId === "3") void hub.registry.delete("dev1");
    },
  });
  await hub.registry.create(DEV1);
  expect(hub.twins.get("dev2").version).toBe(2);
  for (const messageId of ["1", "2"]) await hub.messages.send("dev1", { payload: "", messageId });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  device.sendSubscribe([DEVICEBOUND]);
  await device.closed;
  expect(told).toEqual(["1", "2", "3"]);
  await hub.registry.create(DEV1);
  expect(hub.messages.waiting("dev1")).toEqual([]);
  await hub.stop();
});
