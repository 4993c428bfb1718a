import { Message } from "azure-iot-device";
import { expect, test } from "vitest";
import { connectDevice } from "../support/clients.ts";
import { startTestHub } from "../support/hub.ts";
import { connectModule } from "../support/identity-clients.ts";
import { readStream } from "../support/messages.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callRest } from "../support/rest.ts";

test("a message of Microsoft's client is read with all its properties, and with what the hub knows of its sender", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectDevice({ hub, deviceId: "dev1" });
  const message = new Message('{"celsius":21}');
  message.messageId = "m-1";
  message.correlationId = "a&b=c/d é";
  message.contentType = "application/json";
  message.contentEncoding = "utf-8";
  message.properties.add("level", "100 %");
  message.properties.add("__proto__", "x");
  await device.sendEvent(message);
  await device.close();

  const received = await hub.messages.next();
  expect(received).toMatchObject({
    sequenceNumber: 1,
    deviceId: "dev1",
    body: Buffer.from('{"celsius":21}'),
  });
  expect(Object.entries(received.properties)).toEqual([
    ["level", "100 %"],
    ["__proto__", "x"],
  ]);
  expect(received.systemProperties).toEqual({
    "message-id": "m-1",
    "correlation-id": "a&b=c/d é",
    "content-type": "application/json",
    "content-encoding": "utf-8",
    "iothub-connection-device-id": "dev1",
    "iothub-connection-auth-method":
      '{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
    "iothub-connection-auth-generation-id": hub.registry.get("dev1")?.generationId,
    "iothub-enqueuedtime": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    "iothub-message-source": "Telemetry",
  });
});

test("a module's message names the module, and the output it came from", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  const module = await connectModule({ hub, deviceId: "dev1", moduleId: "mod1" });
  await module.sendOutputEvent("alerts", new Message("too warm"));
  expect(await hub.messages.next()).toMatchObject({
    deviceId: "dev1",
    moduleId: "mod1",
    outputName: "alerts",
    properties: {},
    systemProperties: {
      "iothub-connection-module-id": "mod1",
      "iothub-connection-auth-generation-id": hub.modules.get("dev1", "mod1")?.generationId,
    },
  });
});

test("a will is a message that says so; a device that says goodbye leaves none", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const will = (deviceId: string) => ({ topic: `devices/${deviceId}/messages/events/k=v`, payload: "gone" });
  const polite = await connectRawDevice({ hub, deviceId: "dev2", will: will("dev2") });
  await polite.disconnect();
  const device = await connectRawDevice({ hub, deviceId: "dev1", will: will("dev1") });
  device.publish("devices/dev1/messages/events/", "here", { qos: 1 });
  await device.acknowledged();
  device.destroy();
  expect((await hub.messages.next()).properties).toEqual({});
  expect(await hub.messages.next()).toMatchObject({
    deviceId: "dev1",
    body: Buffer.from("gone"),
    properties: { k: "v", "iothub-MessageType": "Will" },
  });
  expect(hub.messages.received({ deviceId: "dev2" })).toEqual([]);
});

test("messages are listened to, watched, or waited for, of one device or of all", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const heard: string[] = [];
  const stop = hub.messages.on(({ body }) => {
    heard.push(String(body));
    throw new Error("a listener's error is its own");
  });
  const ofDev2 = hub.messages.next({ deviceId: "dev2" });
  const watched = hub.messages.watch({ deviceId: "dev1" })[Symbol.asyncIterator]();
  const send = async (deviceId: string, text: string) => {
    const device = await connectRawDevice({ hub, deviceId });
    device.publish(`devices/${deviceId}/messages/events/`, text, { qos: 1 });
    await device.acknowledged();
  };
  await send("dev1", "one");
  await send("dev2", "two");
  stop();
  await send("dev1", "three");
  expect(heard).toEqual(["one", "two"]);
  expect(String((await ofDev2).body)).toBe("two");
  expect(String((await watched.next()).value.body)).toBe("one");
  expect(String((await watched.next()).value.body)).toBe("three");
  // Each message is returned by one `next` only.
  expect(String((await hub.messages.next()).body)).toBe("one");
  expect(String((await hub.messages.next()).body)).toBe("three");

  await expect(hub.messages.next({ signal: AbortSignal.abort("no patience") })).rejects.toBe("no patience");
  const stopping = expect(hub.messages.next()).rejects.toMatchObject({ code: "ServiceUnavailable" });
  await hub.stop();
  await stopping;
  expect((await watched.next()).done).toBe(true);
});

test("over HTTPS messages are a stream of events, that goes on where its reader left off", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  const devices = {
    dev1: await connectRawDevice({ hub, deviceId: "dev1" }),
    dev2: await connectRawDevice({ hub, deviceId: "dev2" }),
  };
  const send = async (deviceId: "dev1" | "dev2", body: string | Buffer) => {
    devices[deviceId].publish(`devices/${deviceId}/messages/events/a=b&c`, body, { qos: 1 });
    await devices[deviceId].acknowledged();
  };
  await send("dev1", "before");
  const reader = await readStream(hub, "/hubhand/messages/events?deviceId=dev1");
  expect(reader.contentType).toBe("text/event-stream; charset=utf-8");
  await send("dev2", "of another device");
  await send("dev1", '{"x":1}');
  await send("dev1", Buffer.from([0xff, 0]));
  const first = await reader.next();
  expect(first.data).toMatchObject({
    sequenceNumber: 3,
    deviceId: "dev1",
    properties: { a: "b", c: null },
    systemProperties: { "iothub-connection-device-id": "dev1" },
    body: "eyJ4IjoxfQ==",
    text: '{"x":1}',
    json: { x: 1 },
  });
  expect((await reader.next()).data).toEqual(expect.not.objectContaining({ text: expect.anything() }));
  reader.end();

  await send("dev1", "while away");
  const again = await readStream(hub, "/hubhand/messages/events", { "last-event-id": first.id });
  expect((await again.next()).data.body).toBe("/wA=");
  expect((await again.next()).data.text).toBe("while away");
  const all = await readStream(hub, "/hubhand/messages/events?from=start");
  expect((await all.next()).data.text).toBe("before");
  const ofAnEarlierRun = await readStream(hub, "/hubhand/messages/events", { "last-event-id": "old.3" });
  expect((await ofAnEarlierRun.next()).data.text).toBe("before");
  expect((await callRest({ hub, path: "/hubhand/messages/events", authorization: null })).status).toBe(401);
  expect((await callRest({ hub, path: "/hubhand/messages/events?from=begin" })).status).toBe(400);
});
