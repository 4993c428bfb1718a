import { once } from "node:events";
import { request } from "node:https";
import { Client as DeviceClient } from "azure-iot-device";
import { MqttWs } from "azure-iot-device-mqtt";
import { HttpsProxyAgent } from "https-proxy-agent";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { HubAgent } from "../../src/local-hub/index.ts";
import { createTestCertificate, thumbprintsOf } from "../support/certificates.ts";
import { startProxy } from "../support/hub/proxy.ts";
import { connectDevice } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import {
  connectRawDevice,
  deviceToken,
  openRawDevice,
  openRawWebSocketDevice,
  type RawDevice,
} from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

/** A hub that is ahead of this machine's clock, and whose certificate is good by both. */
const HUB_TIME = Date.now() + 30 * 60_000;

/** Logged in over a WebSocket. */
const connectByWebSocket = (options: Parameters<typeof connectRawDevice>[0]): Promise<RawDevice> =>
  connectRawDevice({ ...options, open: openRawWebSocketDevice });

test("Microsoft's MqttWs connects and answers a direct method", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectDevice({
    hub,
    deviceId: "dev1",
    webSocketAgent: new HubAgent(hub),
    methods: { echo: ({ payload }, response) => void response.send(201, payload) },
  });
  onTestFinished(async () => {
    await device.close();
  });
  await seen("subscribed");
  const answer = await callMethod({ hub, deviceId: "dev1", methodName: "echo", payload: { a: [1, "ä"] } });
  expect(answer.json()).toEqual({ status: 201, payload: { a: [1, "ä"] } });
  expect((await seen("connected")).remote).toMatch(/^127\.0\.0\.1:\d+$/);
});

test("it does so through an HTTP CONNECT proxy that asks for a password", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const proxy = await startProxy({
    leadTo: hub.webSocketPort,
    credentials: { user: "pi", password: "rasp:berry" },
  });
  onTestFinished(() => proxy.stop());
  const device = await connectDevice({
    hub,
    deviceId: "dev1",
    webSocketAgent: new HttpsProxyAgent(proxy.url, { ca: hub.ca }),
    methods: { ping: (_request, response) => void response.send(200, "pong") },
  });
  onTestFinished(async () => {
    await device.close();
  });
  await seen("subscribed");
  expect((await callMethod({ hub, deviceId: "dev1", methodName: "ping" })).json().payload).toBe("pong");
  expect(proxy.tunnels).toEqual(["localhost:443"]);
});

test("a proxy that refuses keeps the device out", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const proxy = await startProxy({
    leadTo: hub.webSocketPort,
    credentials: { user: "pi", password: "right" },
  });
  onTestFinished(() => proxy.stop());
  const connect = (url: string) =>
    connectDevice({ hub, deviceId: "dev1", webSocketAgent: new HttpsProxyAgent(url, { ca: hub.ca }) });
  await expect(connect(proxy.url.replace("right", "wrong"))).rejects.toThrow();
  proxy.refuse(503);
  await expect(connect(proxy.url)).rejects.toThrow();
  expect(proxy.refused).toEqual(["localhost:443", "localhost:443"]);
  expect(proxy.tunnels).toEqual([]);
});

test("a device has one connection, whichever way it comes in", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const first = await connectRawDevice({ hub, deviceId: "dev1" });
  const second = await connectByWebSocket({ hub, deviceId: "dev1" });
  await first.closed;
  const third = await connectRawDevice({ hub, deviceId: "dev1" });
  await second.closed;
  expect((await seen("disconnected", { count: 2 })).reason).toContain("400027");
  await third.ping();
});

test("the session of a device is kept from one way in to the other", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const first = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await first.disconnect();
  await seen("disconnected");
  const second = await connectByWebSocket({ hub, deviceId: "dev1" });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await second.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
});

test("a login that fails gets CONNACK 5", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await openRawWebSocketDevice(hub);
  const password = deviceToken({ hub, deviceId: "dev1", expiresIn: -600 });
  expect((await device.login({ hub, deviceId: "dev1", password })).returnCode).toBe(5);
  expect((await seen("refused")).reason).toContain("expired");
  await device.closed;
});

test.each<[string, string, (context: { hub: LocalHub; device: RawDevice }) => unknown]>([
  ["when asked to", "on request", ({ hub }) => hub.disconnect("dev1")],
  [
    "when the device is disabled",
    "disabled",
    ({ hub }) => hub.registry.update({ deviceId: "dev1", status: "disabled" }),
  ],
  ["when the hub stops", "the hub is stopping", ({ hub }) => hub.stop()],
  ["for a forbidden topic", "no device publish", ({ device }) => device.publish("elsewhere", "x")],
  ["when the device goes without a word", "closed by the device", ({ device }) => device.destroy()],
  ["when the device says goodbye", "closed by the device", ({ device }) => device.disconnect()],
])("the connection ends %s", async (_when, reason, act) => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectByWebSocket({ hub, deviceId: "dev1" });
  await act({ hub, device });
  await device.closed;
  expect((await seen("disconnected")).reason).toContain(reason);
  expect(hub.isConnected("dev1")).toBe(false);
});

test("the connection ends when its token does", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const password = deviceToken({ hub, deviceId: "dev1", expiresIn: 1 });
  const device = await connectByWebSocket({ hub, deviceId: "dev1", password });
  await device.closed;
  expect((await seen("disconnected")).reason).toContain("401003");
});

/** The status and the Date of the answer to a WebSocket handshake. */
async function shakeHands(
  hub: LocalHub,
  options: { path?: string; headers?: Record<string, string> },
): Promise<{ status: number | undefined; date: string | undefined }> {
  const handshake = request({
    host: "127.0.0.1",
    servername: "localhost",
    port: hub.webSocketPort,
    ca: hub.ca,
    agent: false,
    path: options.path ?? "/$iothub/websocket",
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-protocol": "mqtt",
      ...options.headers,
    },
  });
  onTestFinished(() => void handshake.destroy());
  handshake.end();
  const [answer] = await Promise.race([once(handshake, "response"), once(handshake, "upgrade")]);
  return { status: answer.statusCode, date: answer.headers.date };
}

test.each<[string, number, Parameters<typeof shakeHands>[1]]>([
  ["at another path", 404, { path: "/elsewhere" }],
  ["that does not offer mqtt", 400, { headers: { "sec-websocket-protocol": "soap" } }],
  ["that is not one of WebSockets", 400, { headers: { upgrade: "h2c" } }],
  ["without its key", 400, { headers: { "sec-websocket-key": "" } }],
])("a handshake %s is refused with %i", async (_what, status, options) => {
  const { hub, seen } = await startTestHub({ now: () => HUB_TIME });
  expect(await shakeHands(hub, options)).toEqual({ status, date: new Date(HUB_TIME).toUTCString() });
  expect(await seen("refused")).toMatchObject({ face: "mqtt" });
});

test("a handshake that is accepted says what time the hub has", async () => {
  const { hub } = await startTestHub({ now: () => HUB_TIME });
  expect(await shakeHands(hub, {})).toEqual({ status: 101, date: new Date(HUB_TIME).toUTCString() });
});

test("a WebSocket that sends text is closed: MQTT is binary", async () => {
  const { hub } = await startTestHub();
  const webSocket = new WebSocket(`wss://localhost:${hub.webSocketPort}/$iothub/websocket`, "mqtt", {
    agent: new HubAgent(hub),
  });
  await once(webSocket, "open");
  webSocket.send("hello");
  await once(webSocket, "close");
});

test("a device behind a WebSocket and one behind TLS are served side by side", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const devices = [await openRawDevice(hub), await openRawWebSocketDevice(hub)];
  await devices[0]?.login({ hub, deviceId: "dev1" });
  await devices[1]?.login({ hub, deviceId: "dev2" });
  await seen("connected", { count: 2 });
  expect([hub.isConnected("dev1"), hub.isConnected("dev2")]).toEqual([true, true]);
});

test("a device that is known by its certificate shows it over a WebSocket too", async () => {
  const { hub } = await startTestHub();
  const { certificate: cert, privateKey: key } = await createTestCertificate({ commonName: "dev1" });
  await hub.registry.create({ deviceId: "dev1", primaryThumbprint: thumbprintsOf(cert).sha256 });
  const device = DeviceClient.fromConnectionString("HostName=localhost;DeviceId=dev1;x509=true", MqttWs);
  await device.setOptions({ ca: hub.ca, cert, key, mqtt: { webSocketAgent: new HubAgent(hub) } });
  await device.open();
  onTestFinished(async () => {
    await device.close();
  });
  expect(hub.isConnected("dev1")).toBe(true);
});
