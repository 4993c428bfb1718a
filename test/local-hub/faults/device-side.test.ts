import { once } from "node:events";
import { Message } from "azure-iot-device";
import { expect, test } from "vitest";
import { createTestCertificate, thumbprintsOf } from "../../support/certificates.ts";
import { connectDevice } from "../support/clients.ts";
import { startTestHub } from "../support/hub.ts";
import { connectRawDevice, openRawDevice, openRawWebSocketDevice } from "../support/raw-device.ts";
import { callMethod } from "../support/rest.ts";

const EVENTS = "devices/dev1/messages/events/";
const METHODS = "$iothub/methods/POST/#";

test("a login is refused with the return code that was asked for, as often as was asked for", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const fault = hub.faults.add({ kind: "refuse-login", returnCode: 4, deviceId: "dev1", count: 2 });
  for (const expected of [4, 4, 0]) {
    const device = await openRawDevice(hub);
    expect((await device.login({ hub, deviceId: "dev1" })).returnCode).toBe(expected);
    if (expected !== 0) await device.closed;
  }
  expect(fault.struck).toBe(2);
  await connectRawDevice({ hub, deviceId: "dev2" });
  expect(await seen("fault-struck")).toEqual({
    event: "fault-struck",
    faultId: "fault-1",
    kind: "refuse-login",
    at: "connect",
    deviceId: "dev1",
  });
});

test("the SDK's device client is told of it as the service would tell it", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "refuse-login", returnCode: 5 });
  await expect(connectDevice({ hub, deviceId: "dev1" })).rejects.toThrow("Not authorized");
});

test("the connection drops before a message is taken, or after it was taken and before that is acknowledged", async () => {
  const { hub, events, seen } = await startTestHub({ devices: ["dev1"] });
  for (const when of ["before", "after"] as const) {
    const device = await connectRawDevice({ hub, deviceId: "dev1" });
    const fault = hub.faults.add({ kind: "drop-connection", at: "message", when, count: 1 });
    device.publish(EVENTS, when, { qos: 1 });
    await device.closed;
    await expect(device.acknowledged()).rejects.toThrow("closed before");
    fault.remove();
  }
  expect(events.filter(({ event }) => event === "message")).toMatchObject([{ bytes: "after".length }]);
  const { reason } = await seen("disconnected");
  expect(reason).toBe("dropped by the fault fault-1, on request");
});

test("nor is a message taken that came in one segment with the one before which the connection drops", async () => {
  const { hub, events } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  const fault = hub.faults.add({ kind: "drop-connection", at: "message", count: 1 });
  const rest = [0, EVENTS.length, ...Buffer.from(EVENTS), 0, 7, ...Buffer.from("a message")];
  const packet = [0x32, rest.length, ...rest];
  device.sendBytes(Buffer.from([...packet, ...packet]));
  await Promise.all([fault.hasStruck(), device.closed]);
  expect(events.filter(({ event }) => event === "message")).toEqual([]);
});

test("the connection drops before or after a packet to the device", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "drop-connection", at: "suback", when: "after", count: 1 });
  const first = await connectRawDevice({ hub, deviceId: "dev1" });
  expect(await first.subscribe([{ topic: METHODS }])).toEqual([0]);
  await first.closed;
  hub.faults.add({ kind: "drop-connection", at: "pingresp", count: 1 });
  const second = await connectRawDevice({ hub, deviceId: "dev1" });
  await expect(second.ping()).rejects.toThrow("closed before");
});

test.each([
  ["TLS", openRawDevice],
  ["a WebSocket", openRawWebSocketDevice],
])(
  "a stalled connection over %s stays, says and hears nothing, and goes on where it stood when the fault is over",
  async (_, open) => {
    const { hub, events } = await startTestHub({ devices: ["dev1", "dev2"] });
    const other = await connectRawDevice({ hub, deviceId: "dev2", methods: true, open });
    const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true, open });
    const stall = hub.faults.add({ kind: "stall", at: "message", deviceId: "dev1" });
    device.publish(EVENTS, "stuck", { qos: 1 });
    await stall.hasStruck();
    const pinged = device.ping();
    const called = callMethod({ hub, deviceId: "dev1", methodName: "any" });
    const heard: string[] = [];
    const call = device.nextCall().then((request) => {
      heard.push(request.topic);
      return request;
    });
    // Whatever was in time would have come before this, which was asked for later.
    const calledToo = callMethod({ hub, deviceId: "dev2", methodName: "any" });
    (await other.nextCall()).reply(200, "null");
    await calledToo;
    expect(hub.isConnected("dev1")).toBe(true);
    expect(heard).toEqual([]);
    expect(events.some(({ event }) => event === "message")).toBe(false);
    stall.remove();
    await device.acknowledged();
    await pinged;
    (await call).reply(200, "null");
    expect((await called).status).toBe(200);
  },
);

test("a stalled device is not taken for silent", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const stalled = await connectRawDevice({ hub, deviceId: "dev1", keepAlive: 1 });
  const stall = hub.faults.add({ kind: "stall", at: "message", deviceId: "dev1" });
  stalled.publish(EVENTS, "stuck");
  await stall.hasStruck();
  const silent = await connectRawDevice({ hub, deviceId: "dev2", keepAlive: 1 });
  await silent.closed;
  expect(hub.isConnected("dev1")).toBe(true);
});

test("a connection stalled at its CONNACK never hears whether it is in", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const stall = hub.faults.add({ kind: "stall", at: "connack" });
  const device = await openRawDevice(hub);
  const login = device.login({ hub, deviceId: "dev1" });
  await stall.hasStruck();
  expect(hub.isConnected("dev1")).toBe(true);
  stall.remove();
  expect(await login).toMatchObject({ returnCode: 0 });
  await device.ping();
});

test("what is late keeps its order", async () => {
  const { hub, events, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  hub.faults.add({ kind: "delay", at: "message", by: "120ms", count: 1 });
  const sent = performance.now();
  device.publish(EVENTS, "1");
  device.publish(EVENTS, "22");
  await seen("message", { count: 2 });
  expect(performance.now() - sent).toBeGreaterThan(100);
  expect(events.filter(({ event }) => event === "message")).toMatchObject([{ bytes: 1 }, { bytes: 2 }]);
});

test("what is lost is a method request, a reply or an acknowledgement", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const request = hub.faults.add({ kind: "lose", at: "method-request", count: 1 });
  const nobody = new AbortController();
  const lost = callMethod({ hub, deviceId: "dev1", methodName: "lost", signal: nobody.signal });
  await request.hasStruck();
  const heard = callMethod({ hub, deviceId: "dev1", methodName: "heard" });
  const call = await device.nextCall();
  expect(call.topic).toContain("/heard/");
  const reply = hub.faults.add({ kind: "lose", at: "method-reply", count: 1 });
  call.reply(200, '"first"');
  call.reply(200, '"second"');
  expect((await heard).json()).toEqual({ status: 200, payload: "second" });
  expect(reply.struck).toBe(1);

  hub.faults.add({ kind: "lose", at: "puback", direction: "to-device", count: 1 });
  device.publish(EVENTS, "1", { qos: 1 });
  device.publish(EVENTS, "2", { qos: 1 });
  await device.acknowledged();
  await device.ping();
  hub.disconnect("dev1");
  await expect(device.acknowledged()).rejects.toThrow("closed before");
  nobody.abort();
  await expect(lost).rejects.toThrow("aborted");
});

test("a throttled twin request is answered 429, in the words that the SDK reads", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "throttle", deviceId: "dev1" });
  const client = await connectDevice({ hub, deviceId: "dev1" });
  await expect(client.getTwin()).rejects.toThrow(/throttled/);
  await client.close();
});

test("tokens expire at once, or some time after each login", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const first = await connectRawDevice({ hub, deviceId: "dev1" });
  const other = await connectRawDevice({ hub, deviceId: "dev2" });
  // The first fault of a hub finds the connections that there are.
  hub.faults.add({ kind: "expire-tokens", deviceId: "dev1" });
  await first.closed;
  expect(await seen("disconnected")).toMatchObject({
    deviceId: "dev1",
    reason: "its token expired (401003)",
  });
  expect(hub.faults.list()).toEqual([]);

  hub.faults.add({ kind: "expire-tokens", after: 30 });
  await other.closed;
  const next = await connectRawDevice({ hub, deviceId: "dev1" });
  await next.closed;
  await seen("disconnected", { count: 3, fits: ({ reason }) => reason.includes("401003") });
});

test("a device that came by its certificate has no token to expire", async () => {
  const { hub } = await startTestHub();
  const { certificate, privateKey } = await createTestCertificate({ commonName: "dev1" });
  const { sha256: primaryThumbprint } = thumbprintsOf(certificate);
  await hub.registry.create({ deviceId: "dev1", primaryThumbprint });
  hub.faults.add({ kind: "expire-tokens", after: 0 });
  const device = await openRawDevice(hub, { cert: certificate, key: privateKey });
  expect((await device.login({ hub, deviceId: "dev1", password: "" })).returnCode).toBe(0);
  hub.faults.add({ kind: "expire-tokens" });
  await device.ping();
});

test("sessions are forgotten now, and at each login", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await hub.faults.add({ kind: "forget-sessions" }).hasStruck();
  expect((await callMethod({ hub, deviceId: "dev1", methodName: "any" })).status).toBe(404);
  await device.subscribe([{ topic: METHODS }]);
  hub.faults.add({ kind: "forget-sessions", when: "at-login", count: 1 });
  expect((await connectRawDevice({ hub, deviceId: "dev1" })).sessionPresent).toBe(false);
  const again = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await again.ping();
  expect((await connectRawDevice({ hub, deviceId: "dev1" })).sessionPresent).toBe(true);
});

test("over MQTT a device ends its own connection as with IoT Hub's own fault injection", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  device.publish(`${EVENTS}AzIoTHub_FaultOperationType=KillAmqpConnection`, "", { qos: 1 });
  await device.acknowledged();
  expect(await seen("fault-ignored")).toMatchObject({ deviceId: "dev1", operation: "KillAmqpConnection" });
  for (const operation of ["KillTcp", "ShutDownMqtt"]) {
    const client = await connectDevice({ hub, deviceId: "dev1" });
    const disconnected = once(client, "disconnect");
    const message = new Message(" ");
    message.properties.add("AzIoTHub_FaultOperationType", operation);
    message.properties.add("AzIoTHub_FaultOperationCloseReason", " severs the connection ");
    message.properties.add("AzIoTHub_FaultOperationDelayInSecs", "0.01");
    await client.sendEvent(message);
    await disconnected;
    await seen("disconnected", { fits: ({ reason }) => reason === `it asked for ${operation}` });
  }
});
