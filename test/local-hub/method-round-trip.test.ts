import { expect, onTestFinished, test } from "vitest";
import { connectDevice, type MethodHandler, serviceClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

const echo: MethodHandler = (request, response) => {
  void response.send(200, { method: request.methodName, payload: request.payload });
};

async function hubWithDevice(methods: Record<string, MethodHandler>) {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectDevice({ hub, deviceId: "dev1", methods });
  onTestFinished(async () => {
    await device.close();
  });
  await seen("subscribed");
  return { hub, service: serviceClient(hub) };
}

test("Microsoft's service client calls a method of Microsoft's device client and gets its answer", async () => {
  const { service } = await hubWithDevice({ echo });
  const { result } = await service.invokeDeviceMethod("dev1", {
    methodName: "echo",
    payload: { text: "grün", list: [1, null, true] },
  });
  expect(result).toEqual({
    status: 200,
    payload: { method: "echo", payload: { text: "grün", list: [1, null, true] } },
  });
});

test("the device's own status passes through, whatever it is", async () => {
  const { service } = await hubWithDevice({ fail: (_request, response) => void response.send(500, "no") });
  const { result } = await service.invokeDeviceMethod("dev1", { methodName: "fail" });
  expect(result).toEqual({ status: 500, payload: "no" });
});

test("a call without payload carries null, which the device client takes for no payload", async () => {
  const { service } = await hubWithDevice({ echo });
  const { result } = await service.invokeDeviceMethod("dev1", { methodName: "echo" });
  expect(result).toMatchObject({ status: 200, payload: { payload: null } });
});

test("the request's topic holds the method name URL-encoded, and its payload is the caller's JSON", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "a b/#?ü", payload: { x: [1] } });
  const call = await device.nextCall();
  expect(call.topic).toMatch(/^\$iothub\/methods\/POST\/a%20b%2F%23%3F%C3%BC\/\?\$rid=[0-9a-f]+$/);
  expect(call.payload).toBe('{"x":[1]}');
  call.reply(204, "null");
  expect((await answer).text).toBe('{"status":204,"payload":null}');
});

test("a reply with QoS 1 is acknowledged and delivered", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  const { requestId } = await device.nextCall();
  device.publish(`$iothub/methods/res/200/?$rid=${requestId}`, '{"qos":1}', { qos: 1 });
  await device.acknowledged();
  expect((await answer).text).toBe('{"status":200,"payload":{"qos":1}}');
});

test("each of many calls at once, to two devices, gets its own answer", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  for (const deviceId of ["dev1", "dev2"]) {
    const device = await connectDevice({
      hub,
      deviceId,
      methods: {
        echo: (request, response) => void response.send(200, [deviceId, request.payload]),
      },
    });
    onTestFinished(async () => {
      await device.close();
    });
    await seen("subscribed", { fits: (event) => event.deviceId === deviceId });
  }
  const service = serviceClient(hub);
  const calls = Array.from({ length: 200 }, async (_, index) => {
    const deviceId = index % 2 === 0 ? "dev1" : "dev2";
    const { result } = await service.invokeDeviceMethod(deviceId, { methodName: "echo", payload: index });
    expect(result).toEqual({ status: 200, payload: [deviceId, index] });
  });
  await Promise.all(calls);
});
