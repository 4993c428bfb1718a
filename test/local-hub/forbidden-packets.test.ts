import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice, openRawDevice, type RawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

const EVENTS = "devices/dev1/messages/events/";

test.each<[string, (device: RawDevice) => void]>([
  ["publishes to a topic of its own", (device) => device.publish("my/topic", "x")],
  ["publishes as another device", (device) => device.publish("devices/dev2/messages/events/", "x")],
  ["publishes a method request", (device) => device.publish("$iothub/methods/POST/any/?$rid=1", "x")],
  ["publishes to the broker's own topics", (device) => device.publish("$SYS/x/new/clients", "dev2")],
  ["publishes with QoS 2", (device) => device.publish(EVENTS, "x", { qos: 2 })],
  ["publishes more than 256 KiB", (device) => device.publish(EVENTS, "x".repeat(256 * 1024 + 1))],
  ["subscribes to everything", (device) => device.sendSubscribe([{ topic: "#" }])],
  [
    "subscribes to the calls of one method",
    (device) => device.sendSubscribe([{ topic: "$iothub/methods/POST/any" }]),
  ],
  [
    "subscribes with the other wildcard",
    (device) => device.sendSubscribe([{ topic: "$iothub/methods/POST/+" }]),
  ],
  [
    "subscribes to another device's messages",
    (device) => device.sendSubscribe([{ topic: "devices/dev2/messages/devicebound/#" }]),
  ],
  [
    "asks for more than five subscriptions",
    (device) => device.sendSubscribe(Array(6).fill({ topic: "$iothub/twin/res/#" })),
  ],
  ["speaks QoS 2", (device) => device.send(6, 2, [Buffer.from([0, 1])])],
])("a device that %s is disconnected, and may come back", async (_what, misbehave) => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  misbehave(device);
  await device.closed;
  await seen("disconnected");
  const again = await connectRawDevice({ hub, deviceId: "dev1" });
  expect(again.sessionPresent).toBe(true);
  await again.ping();
});

test("a forbidden filter beside a good one is not kept in the session, from where it would come to life", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  device.sendSubscribe([{ topic: "$iothub/methods/POST/#" }, { topic: "devices/dev2/messages/events/#" }]);
  await device.closed;

  const again = await connectRawDevice({ hub, deviceId: "dev1" });
  const other = await connectRawDevice({ hub, deviceId: "dev2" });
  other.publish("devices/dev2/messages/events/", "not for dev1", { qos: 1 });
  await other.acknowledged();
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "first" });
  const call = await again.nextCall();
  expect(call.topic).toContain("/first/");
  call.reply(200, "null");
  await answer;
});

test("the same is closed when it comes with the CONNECT, before its answer", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  await device.disconnect();
  const hasty = await openRawDevice(hub);
  const login = hasty.login({ hub, deviceId: "dev1" });
  hasty.sendSubscribe([{ topic: "forbidden/#" }]);
  await Promise.allSettled([login]);
  await hasty.closed;
  await (await connectRawDevice({ hub, deviceId: "dev1" })).ping();
});

test("SUBACK grants at most QoS 1", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  const granted = await device.subscribe([
    { topic: "$iothub/methods/POST/#", qos: 2 },
    { topic: "$iothub/twin/res/#", qos: 1 },
    { topic: "devices/dev1/messages/devicebound/#", qos: 0 },
    { topic: "$iothub/twin/PATCH/properties/desired/#", qos: 2 },
  ]);
  expect(granted).toEqual([1, 1, 0, 1]);
});

test("a device-to-cloud message with QoS 1 is acknowledged, retained or not, and reaches nobody else", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const other = await connectRawDevice({ hub, deviceId: "dev2", methods: true });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  device.publish(`${EVENTS}$.mid=1&alert=true`, "hello", { qos: 1, retain: true });
  await device.acknowledged();
  expect(await seen("message")).toMatchObject({ deviceId: "dev1", bytes: 5 });
  const answer = callMethod({ hub, deviceId: "dev2", methodName: "first" });
  const call = await other.nextCall();
  expect(call.topic).toContain("/first/");
  call.reply(200, "null");
  await answer;
});

test("a client that speaks MQTT 5 is told so by its code, and the log says who it was and what is right", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await openRawDevice(hub);
  const body = [
    Buffer.from([0, 4]),
    Buffer.from("MQTT"),
    Buffer.from([5, 2, 0, 60, 0, 0, 4]),
    Buffer.from("dev1"),
  ];
  device.send(1, 0, body);
  await device.closed;
  const { remote, reason } = await seen("connection-error");
  expect(remote).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(reason).toMatch(/the hub speaks MQTT 3\.1\.1, not 5$/);
});
