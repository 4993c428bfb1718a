import { expect, onTestFinished, test } from "vitest";
import { connectDevice, serviceClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

test("a device that connects within the connect time-out gets the call", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const pending = serviceClient(hub).invokeDeviceMethod("dev1", {
    methodName: "any",
    payload: 42,
    connectTimeoutInSeconds: 30,
  });
  await seen("method-waiting");
  const device = await connectDevice({
    hub,
    deviceId: "dev1",
    methods: { any: (request, response) => void response.send(200, request.payload) },
  });
  onTestFinished(async () => {
    await device.close();
  });
  expect((await pending).result).toEqual({ status: 200, payload: 42 });
});

test("a caller that goes away while the device is awaited leaves nothing behind", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const caller = new AbortController();
  const pending = callMethod({
    hub,
    deviceId: "dev1",
    methodName: "any",
    connectTimeoutInSeconds: 300,
    signal: caller.signal,
  });
  await seen("method-waiting");
  caller.abort();
  await expect(pending).rejects.toThrow();
  expect(await seen("method-called")).toMatchObject({ outcome: "caller-gone" });

  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const second = callMethod({ hub, deviceId: "dev1", methodName: "second" });
  const call = await device.nextCall();
  expect(call.topic).toContain("/second/");
  call.reply(200, "null");
  await second;
});

test("a caller that goes away while the answer is awaited frees its call; the answer is ignored", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const caller = new AbortController();
  const pending = callMethod({ hub, deviceId: "dev1", methodName: "any", signal: caller.signal });
  const call = await device.nextCall();
  caller.abort();
  await expect(pending).rejects.toThrow();
  expect(await seen("method-called")).toMatchObject({ outcome: "caller-gone" });
  call.reply(200, "null");
  await seen("reply-ignored");
});
