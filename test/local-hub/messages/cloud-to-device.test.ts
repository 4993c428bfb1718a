import { expect, test } from "vitest";
import { connectDevice } from "../support/clients.ts";
import { startTestHub, temporaryFolder } from "../support/hub.ts";
import { connectReceiver } from "../support/messages.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callRest } from "../support/rest.ts";

const FILTER = "devices/dev1/messages/devicebound/#";

test("Microsoft's device client gets what waited for it and what comes then, in order, with all properties", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const sent = {
    messageId: "m & 1",
    correlationId: "c/1",
    userId: "boss",
    contentType: "application/json",
    contentEncoding: "utf-8",
    expiryTimeUtc: new Date(Date.now() + 60_000),
    ack: "full",
    properties: { "a b": "c=d&é+#/", ["__proto__"]: "x" },
  } as const;
  await hub.messages.send("dev1", { payload: '{"x":1}', ...sent });
  await hub.messages.send("dev1", { payload: "second" });
  const { inbox } = await connectReceiver({ hub, deviceId: "dev1" });
  const first = await inbox.next();
  expect(first).toMatchObject({
    data: Buffer.from('{"x":1}'),
    messageId: "m & 1",
    correlationId: "c/1",
    userId: "boss",
    to: "/devices/dev1/messages/deviceBound",
    contentType: "application/json",
    contentEncoding: "utf-8",
    expiryTimeUtc: sent.expiryTimeUtc.toISOString(),
  });
  expect(first.properties.propertyList).toEqual([
    { key: "iothub-ack", value: "full" },
    { key: "a b", value: "c=d&é+#/" },
    { key: "__proto__", value: "x" },
  ]);
  expect(String((await inbox.next()).data)).toBe("second");
  await hub.messages.send("dev1", { payload: Buffer.from([0, 255]) });
  expect((await inbox.next()).data).toEqual(Buffer.from([0, 255]));
  await seen("message-to-device", { fits: ({ state }) => state === "completed", count: 3 });
  expect(hub.messages.waiting("dev1")).toEqual([]);
});

test("a device that is not subscribed to messages gets none; with QoS 0 it gets each once, not acknowledged", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await hub.messages.send("dev1", { payload: "hello", messageId: "m1" });
  await device.ping();
  expect(hub.messages.waiting("dev1")).toMatchObject([{ messageId: "m1", deliveryCount: 0 }]);
  await device.subscribe([{ topic: FILTER, qos: 0 }]);
  expect(await device.nextPublish()).toEqual({
    topic: "devices/dev1/messages/devicebound/%24.mid=m1&%24.to=%2Fdevices%2Fdev1%2Fmessages%2FdeviceBound",
    payload: "hello",
  });
  expect(hub.messages.waiting("dev1")).toEqual([]);
});

test("what was not acknowledged comes again on the next connection, in order, under its old packet ids", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  for (const payload of ["one", "two", "three"]) await hub.messages.send("dev1", { payload });
  const first = await connectRawDevice({ hub, deviceId: "dev1" });
  await first.subscribe([{ topic: FILTER, qos: 1 }]);
  const before = [await first.nextMessage(), await first.nextMessage(), await first.nextMessage()];
  expect(before.map(({ payload, isRepeat }) => [payload, isRepeat])).toEqual([
    ["one", false],
    ["two", false],
    ["three", false],
  ]);
  first.acknowledge(before[1]?.packetId ?? 0);
  await seen("message-to-device", { fits: ({ state }) => state === "completed" });

  // It takes over, while two are on their way, and does not subscribe again.
  const second = await connectRawDevice({ hub, deviceId: "dev1" });
  const again = [await second.nextMessage(), await second.nextMessage()];
  expect(again).toEqual([
    { ...before[0], isRepeat: true },
    { ...before[2], isRepeat: true },
  ]);
  await first.closed;
  await hub.messages.send("dev1", { payload: "four" });
  const last = await second.nextMessage();
  for (const { packetId } of [...again, last]) second.acknowledge(packetId);
  await seen("message-to-device", { fits: ({ state }) => state === "completed", count: 4 });
  await second.disconnect();
  // Nothing is left in the session either.
  const third = await connectRawDevice({ hub, deviceId: "dev1" });
  await third.ping();
  expect(third.unread()).toBe(0);
});

test("to a device without a session what comes again is new", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  await hub.messages.send("dev1", { payload: "one" });
  for (const isRepeat of [false, false]) {
    const device = await connectRawDevice({ hub, deviceId: "dev1", clean: true });
    await device.subscribe([{ topic: FILTER, qos: 1 }]);
    expect(await device.nextMessage()).toMatchObject({ payload: "one", isRepeat });
  }
});

test("after ten deliveries without an acknowledgement a message is given up, and its sender told", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  await hub.messages.send("dev1", { payload: "poison", messageId: "m1", ack: "negative" });
  for (let count = 1; count <= 10; count++) {
    const device = await connectRawDevice({ hub, deviceId: "dev1" });
    if (count === 1) await device.subscribe([{ topic: FILTER, qos: 1 }]);
    await device.nextMessage();
    expect(hub.messages.waiting("dev1")).toMatchObject([{ deliveryCount: count }]);
    device.destroy();
    await seen("disconnected", { count });
  }
  expect(hub.messages.waiting("dev1")).toEqual([]);
  expect(await hub.messages.feedback.next()).toMatchObject({
    originalMessageId: "m1",
    statusCode: "DeliveryCountExceeded",
  });
});

test("what waits outlives the hub, with how often it was delivered; what was acknowledged does not come back", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub: first, seen } = await startTestHub({ dataDirectory, devices: ["dev1", "dev2"] });
  await first.messages.send("dev1", { payload: "done", messageId: "m1" });
  await first.messages.send("dev1", { payload: "kept", messageId: "m2", properties: { a: null } });
  await first.messages.send("dev2", { payload: "of a device that goes" });
  const device = await connectRawDevice({ hub: first, deviceId: "dev1" });
  await device.subscribe([{ topic: FILTER, qos: 1 }]);
  device.acknowledge((await device.nextMessage()).packetId);
  await device.nextMessage();
  await seen("message-to-device", { fits: ({ state }) => state === "completed" });
  await first.registry.delete("dev2");
  const kept = first.messages.waiting("dev1");
  expect(kept).toMatchObject([{ messageId: "m2", deliveryCount: 1 }]);
  await first.stop();

  const { hub: second } = await startTestHub({ dataDirectory });
  expect(second.messages.waiting("dev1")).toEqual(kept);
  await second.registry.create({ deviceId: "dev2" });
  expect(second.messages.waiting("dev2")).toEqual([]);
  await second.messages.send("dev1", { payload: "new" });
  const { inbox } = await connectReceiver({ hub: second, deviceId: "dev1" });
  expect(String((await inbox.next()).data)).toBe("kept");
  expect(String((await inbox.next()).data)).toBe("new");
});

test("a message that has expired, by the hub's clock, is not delivered", async () => {
  let now = Date.now();
  const { hub } = await startTestHub({ devices: ["dev1"], now: () => now });
  const minutes = (count: number) => new Date(now + count * 60_000).toISOString();
  await hub.messages.send("dev1", {
    payload: "brief",
    expiryTimeUtc: minutes(1),
    ack: "full",
    messageId: "m1",
  });
  await hub.messages.send("dev1", { payload: "an hour, as nothing is said" });
  await hub.messages.send("dev1", { payload: "long", expiryTimeUtc: minutes(120) });
  now += 60 * 60_000;
  const { inbox } = await connectReceiver({ hub, deviceId: "dev1" });
  expect(String((await inbox.next()).data)).toBe("long");
  expect(await hub.messages.feedback.next()).toMatchObject({
    originalMessageId: "m1",
    statusCode: "Expired",
  });
  // Of one that nobody asks for a timer takes notice.
  const { messageId } = await hub.messages.send("dev1", {
    payload: "",
    expiryTimeUtc: minutes(-1),
    ack: "full",
  });
  expect((await hub.messages.feedback.next()).originalMessageId).toBe(messageId);
});

test("over HTTPS a message is sent with headers, is counted, and refused as the service refuses it", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const send = (deviceId: string, body: string, headers: Record<string, string> = {}, query = "") =>
    callRest({
      hub,
      method: "POST",
      path: `/hubhand/devices/${deviceId}/messages?${query}`,
      body,
      headers,
    });
  const headers = { "iothub-messageid": "m1", "iothub-ack": "positive", "iothub-app-color": "red" };
  const answer = await send("dev1", "body", headers, "iothub-app-Level=5&other=x");
  expect(answer).toMatchObject({ status: 201, text: '{"messageId":"m1"}' });
  expect(hub.messages.waiting("dev1")).toMatchObject([
    { messageId: "m1", payload: Buffer.from("body"), properties: { color: "red", Level: "5" } },
  ]);

  const codeOf = async (sent: ReturnType<typeof send>) => {
    const { status, headers } = await sent;
    return [status, headers["iothub-errorcode"]];
  };
  expect(await codeOf(send("nobody", ""))).toEqual([404, "DeviceNotFound"]);
  expect(await codeOf(send("dev1", "x".repeat(65_500)))).toEqual([201, undefined]);
  expect(await codeOf(send("dev1", "x".repeat(65_501)))).toEqual([413, "MessageTooLarge"]);
  expect(await codeOf(send("dev1", "", { "iothub-ack": "often" }))).toEqual([400, "ArgumentInvalid"]);
  expect(await codeOf(send("dev1", "", { "iothub-expiry": "soon" }))).toEqual([400, "ArgumentInvalid"]);
  // In a topic each of these takes three bytes.
  const encoded = hub.messages.send("dev1", { payload: "", properties: { p: "#".repeat(22_000) } });
  await expect(encoded).rejects.toMatchObject({ code: "MessageTooLarge" });
  for (let count = hub.messages.waiting("dev1").length; count < 50; count++) await send("dev1", "more");
  expect(await codeOf(send("dev1", "one too many"))).toEqual([403, "DeviceMaximumQueueDepthExceeded"]);
  const device = () => callRest({ hub, path: "/devices/dev1" });
  expect((await device()).json().cloudToDeviceMessageCount).toBe(50);
  expect(hub.twins.get("dev1").cloudToDeviceMessageCount).toBe(50);
  const purge = await callRest({ hub, method: "DELETE", path: "/devices/dev1/commands" });
  expect(purge.json()).toEqual({ deviceId: "dev1", totalMessagesPurged: 50 });
  expect((await device()).json().cloudToDeviceMessageCount).toBe(0);
});

test("a sender is told what became of its message if it asked for that", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const client = await connectDevice({ hub, deviceId: "dev1" });
  client.on("message", () => {});
  await seen("subscribed");
  for (const ack of ["none", "negative", "positive", "full"] as const) {
    await hub.messages.send("dev1", { payload: "", messageId: `taken-${ack}`, ack });
  }
  await seen("message-to-device", { fits: ({ state }) => state === "completed", count: 4 });
  await client.close();
  for (const ack of ["none", "negative", "positive", "full"] as const) {
    await hub.messages.send("dev1", { payload: "", messageId: `purged-${ack}`, ack });
  }
  expect(hub.messages.purge("dev1")).toBe(4);
  const told = hub.messages.feedback.kept().map((record) => [record.originalMessageId, record.statusCode]);
  expect(told).toEqual([
    ["taken-positive", "Success"],
    ["taken-full", "Success"],
    ["purged-negative", "Purged"],
    ["purged-full", "Purged"],
  ]);
});
