import { Message } from "azure-iot-device";
import { expect, onTestFinished, test } from "vitest";
import { connectDevice, type MethodHandler, serviceClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectModule, moduleToken } from "./support/identity-clients.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callRest } from "./support/rest.ts";

const answering =
  (who: string): MethodHandler =>
  (request, response) =>
    void response.send(200, [who, request.payload]);

async function hubWithModule() {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  return { hub, seen };
}

test("Microsoft's module client connects, and its methods answer Microsoft's service client", async () => {
  const { hub, seen } = await hubWithModule();
  await connectModule({ hub, deviceId: "dev1", moduleId: "mod1", methods: { echo: answering("module") } });
  await seen("subscribed", { fits: ({ moduleId }) => moduleId === "mod1" });
  expect(await seen("connected")).toMatchObject({ deviceId: "dev1", moduleId: "mod1", cleanSession: false });
  const { result } = await serviceClient(hub).invokeDeviceMethod("dev1", "mod1", {
    methodName: "echo",
    payload: 7,
  });
  expect(result).toEqual({ status: 200, payload: ["module", 7] });
  expect(await seen("method-called")).toMatchObject({ deviceId: "dev1", moduleId: "mod1", status: 200 });
});

test("a device and its module are connected at once, and each gets its own calls", async () => {
  const { hub, seen } = await hubWithModule();
  await connectModule({ hub, deviceId: "dev1", moduleId: "mod1", methods: { who: answering("module") } });
  const device = await connectDevice({ hub, deviceId: "dev1", methods: { who: answering("device") } });
  onTestFinished(async () => {
    await device.close();
  });
  await seen("subscribed", { count: 2 });
  expect([hub.isConnected("dev1"), hub.isConnected("dev1", "mod1")]).toEqual([true, true]);
  const service = serviceClient(hub);
  const ofDevice = await service.invokeDeviceMethod("dev1", { methodName: "who", payload: 1 });
  const ofModule = await service.invokeDeviceMethod("dev1", "mod1", { methodName: "who", payload: 2 });
  expect(ofDevice.result).toEqual({ status: 200, payload: ["device", 1] });
  expect(ofModule.result).toEqual({ status: 200, payload: ["module", 2] });
});

test("a call waits for its module to connect, if its caller grants the time", async () => {
  const { hub, seen } = await hubWithModule();
  const called = serviceClient(hub).invokeDeviceMethod("dev1", "mod1", {
    methodName: "late",
    connectTimeoutInSeconds: 20,
  });
  expect(await seen("method-waiting")).toMatchObject({ deviceId: "dev1", moduleId: "mod1" });
  await connectModule({ hub, deviceId: "dev1", moduleId: "mod1", methods: { late: answering("module") } });
  expect((await called).result).toEqual({ status: 200, payload: ["module", null] });
});

test("a module sends messages of its outputs, and listens on its inputs", async () => {
  const { hub, seen } = await hubWithModule();
  const module = await connectModule({ hub, deviceId: "dev1", moduleId: "mod1" });
  await module.sendOutputEvent("alarms", new Message("hot"));
  expect(await seen("message")).toMatchObject({
    deviceId: "dev1",
    moduleId: "mod1",
    topic: expect.stringMatching(/^devices\/dev1\/modules\/mod1\/messages\/events\/.*alarms/),
    bytes: 3,
  });
  module.on("inputMessage", () => {});
  const { topics } = await seen("subscribed");
  expect(topics).toEqual(["devices/dev1/modules/mod1/inputs/#"]);
  expect(hub.isConnected("dev1", "mod1")).toBe(true);
});

test("a new connection of a module ends its old one, and not that of its device", async () => {
  const { hub, seen } = await hubWithModule();
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  const login = { hub, deviceId: "dev1/mod1" };
  const password = moduleToken({ hub, deviceId: "dev1", moduleId: "mod1" });
  const older = await connectRawDevice({ ...login, password });
  const newer = await connectRawDevice({ ...login, password });
  await older.closed;
  expect(await seen("disconnected")).toMatchObject({
    moduleId: "mod1",
    reason: expect.stringContaining("400027"),
  });
  await Promise.all([device.ping(), newer.ping()]);
});

test.each([
  ["unknown: 404 ModuleNotFound", "mod2", "ModuleNotFound"],
  ["not connected: 404 DeviceNotOnline", "mod1", "DeviceNotOnline"],
])("a call of a module that is %s", async (_what, moduleId, code) => {
  const { hub } = await hubWithModule();
  const answer = await callRest({
    hub,
    method: "POST",
    path: `/twins/dev1/modules/${moduleId}/methods`,
    body: { methodName: "any" },
  });
  expect(answer).toMatchObject({ status: 404, headers: { "iothub-errorcode": code } });
});
