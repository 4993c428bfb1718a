import type { DeviceMethodRequest, DeviceMethodResponse } from "azure-iot-device";
import { expect, test } from "vitest";
import { createServiceClient, type ServiceClient } from "../../src/service/index.ts";
import { answersAsTheTutorial, startHub, type TestHub } from "./hub.ts";

const echo = (request: DeviceMethodRequest, response: DeviceMethodResponse) =>
  response.send(200, { got: request.payload }, () => {});

function client({ hub }: TestHub): ServiceClient {
  return createServiceClient({ connectionString: hub.serviceConnectionString, origin: "test", ca: hub.ca });
}

test("a call reaches the device, and its status and payload come back as they are", async () => {
  const started = await startHub("pi");
  const payloads: unknown[] = [];
  await started.listen({
    deviceId: "pi",
    methodName: "DeviceMethod",
    handler(request, response) {
      payloads.push(request.payload);
      answersAsTheTutorial(request, response);
    },
  });
  const call = { deviceId: "pi", methodName: "DeviceMethod", payload: { method_number: "42" } };
  expect(await client(started).invokeMethod(call)).toEqual({
    status: 200,
    payload: { Response: "This is the response from the device" },
  });
  expect(payloads).toEqual([{ method_number: "42" }]);
});

test("a status of the device's own is an answer, not an error", async () => {
  const started = await startHub("pi");
  await started.listen({
    deviceId: "pi",
    methodName: "brew",
    handler: (_request, response) => response.send(418, { short: "stout" }, () => {}),
  });
  expect(await client(started).invokeMethod({ deviceId: "pi", methodName: "brew" })).toEqual({
    status: 418,
    payload: { short: "stout" },
  });
});

test.each([
  ["nothing", undefined, null],
  ["null", null, null],
  ["false", false, false],
  ["zero", 0, 0],
  ["an empty text", "", ""],
  [
    "a key called __proto__",
    JSON.parse('{"__proto__":{"polluted":1}}'),
    JSON.parse('{"__proto__":{"polluted":1}}'),
  ],
  ["other alphabets", "Ω→漢字🐟", "Ω→漢字🐟"],
])("a payload arrives unchanged: %s", async (_what, payload, arrives) => {
  const started = await startHub("pi");
  await started.listen({ deviceId: "pi", methodName: "echo", handler: echo });
  const response = await client(started).invokeMethod({ deviceId: "pi", methodName: "echo", payload });
  expect(JSON.stringify(response)).toBe(JSON.stringify({ status: 200, payload: { got: arrives } }));
});

test("an answer of many packets keeps the characters that lie across two of them", async () => {
  const started = await startHub("pi");
  const long = "€".repeat(40_000);
  await started.listen({
    deviceId: "pi",
    methodName: "long",
    handler: (_request, response) => response.send(200, long, () => {}),
  });
  const { payload } = await client(started).invokeMethod({ deviceId: "pi", methodName: "long" });
  expect(payload === long).toBe(true);
});

test("names with odd characters arrive as they are", async () => {
  const deviceId = "a%2F?=$'(b)";
  const methodName = "métho d/../?x=1&y#z%20";
  const started = await startHub(deviceId);
  // The device SDK leaves the name as the topic has it: encoded.
  await started.listen({ deviceId, methodName: encodeURIComponent(methodName), handler: echo });
  expect(await client(started).invokeMethod({ deviceId, methodName, payload: 1 })).toEqual({
    status: 200,
    payload: { got: 1 },
  });
});

test("the hub waits for a device that is not online yet, as long as it is told to", async () => {
  const started = await startHub("pi");
  const call = { deviceId: "pi", methodName: "DeviceMethod", connectTimeoutSeconds: 20 };
  const answer = client(started).invokeMethod(call);
  await started.listen({ deviceId: "pi", methodName: "DeviceMethod", handler: answersAsTheTutorial });
  expect((await answer).status).toBe(200);
});
