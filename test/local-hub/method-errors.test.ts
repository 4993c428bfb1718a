import { expect, test } from "vitest";
import { serviceClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod, callRest } from "./support/rest.ts";

const TRACKING_ID = /^Tracking ID:[0-9A-F]{32}-TimeStamp:\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/;

/** The document inside the Message of a direct method's own errors. */
function envelopeIn(answer: { json: () => Record<string, unknown> }): Record<string, unknown> {
  const { Message, ExceptionMessage } = answer.json();
  expect(ExceptionMessage).toBe("");
  return JSON.parse(String(Message)) as Record<string, unknown>;
}

test("an unknown device: 404 DeviceNotFound", async () => {
  const { hub } = await startTestHub();
  const { status, headers, json } = await callMethod({ hub, deviceId: "nobody", methodName: "any" });
  expect({ status, code: headers["iothub-errorcode"] }).toEqual({ status: 404, code: "DeviceNotFound" });
  expect(json()).toEqual({
    Message: "ErrorCode:DeviceNotFound;nobody",
    ExceptionMessage: expect.stringMatching(TRACKING_ID),
  });
  await expect(serviceClient(hub).invokeDeviceMethod("nobody", { methodName: "any" })).rejects.toMatchObject({
    name: "DeviceNotFoundError",
  });
});

test("a device that is not connected: 404 with the envelope of 404103", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const answer = await callMethod({ hub, deviceId: "dev1", methodName: "any" });
  expect(answer.status).toBe(404);
  expect(answer.headers["iothub-errorcode"]).toBe("DeviceNotOnline");
  expect(envelopeIn(answer)).toEqual({
    errorCode: 404103,
    trackingId: expect.any(String),
    message: "Timed out waiting for device to connect.",
    info: { timeout: "00:00:00" },
    timestampUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});

test("a device that is connected but has not subscribed to methods is not online", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  await connectRawDevice({ hub, deviceId: "dev1" });
  const answer = await callMethod({ hub, deviceId: "dev1", methodName: "any" });
  expect(envelopeIn(answer)).toMatchObject({ errorCode: 404103 });
});

test("a device that does not connect in the time granted: 404103 with that time", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const answer = await callMethod({ hub, deviceId: "dev1", methodName: "any", connectTimeoutInSeconds: 1 });
  expect(envelopeIn(answer)).toMatchObject({ errorCode: 404103, info: { timeout: "00:00:01" } });
});

test("a device that does not answer: 504 with the envelope of 504101", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const pending = callMethod({ hub, deviceId: "dev1", methodName: "any", responseTimeoutInSeconds: 5 });
  const call = await device.nextCall();
  const answer = await pending;
  expect(answer.status).toBe(504);
  expect(answer.headers["iothub-errorcode"]).toBe("GatewayTimeout");
  expect(envelopeIn(answer)).toMatchObject({
    errorCode: 504101,
    message: "Timed out waiting for the response from device.",
    info: { timeout: "00:00:05" },
  });
  call.reply(200, '"too late"');
  await device.ping();
});

test("a disabled device: 403 DeviceDisabled", async () => {
  const { hub } = await startTestHub();
  await hub.registry.create({ deviceId: "dev1", status: "disabled" });
  const { status, json } = await callMethod({ hub, deviceId: "dev1", methodName: "any" });
  expect(status).toBe(403);
  expect(json()).toMatchObject({ Message: "ErrorCode:DeviceDisabled;dev1" });
});

test("a device deleted during the call: 404 DeviceNotFound", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const pending = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  await device.nextCall();
  await hub.registry.delete("dev1");
  expect((await pending).json()).toMatchObject({ Message: "ErrorCode:DeviceNotFound;dev1" });
});

test("a payload of 128 KiB passes, of one byte more is 413 MessageTooLarge", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const payload = "x".repeat(128 * 1024 - 2);
  const pending = callMethod({ hub, deviceId: "dev1", methodName: "any", payload });
  const call = await device.nextCall();
  expect(call.payload).toHaveLength(128 * 1024);
  call.reply(200, "null");
  expect((await pending).status).toBe(200);

  const refused = await callMethod({ hub, deviceId: "dev1", methodName: "any", payload: `${payload}x` });
  expect(refused.status).toBe(413);
  expect(refused.json()).toMatchObject({ Message: expect.stringMatching(/^ErrorCode:MessageTooLarge;/) });
});

test.each([
  ["no method name", {}],
  ["an empty method name", { methodName: "" }],
  ["a method name that is not text", { methodName: 7 }],
  ["half a character", { methodName: "\ud800" }],
  ["a name too long for a topic", { methodName: "x".repeat(257) }],
  ["a response time-out under 5 s", { methodName: "any", responseTimeoutInSeconds: 4 }],
  ["a response time-out over 300 s", { methodName: "any", responseTimeoutInSeconds: 301 }],
  ["a time-out that is not a number", { methodName: "any", responseTimeoutInSeconds: "30" }],
  ["a negative connect time-out", { methodName: "any", connectTimeoutInSeconds: -1 }],
  ["a connect time-out over 300 s", { methodName: "any", connectTimeoutInSeconds: 301 }],
])("%s: 400 ArgumentInvalid", async (_what, body) => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const { status, headers, json } = await callMethod({ hub, deviceId: "dev1", ...body });
  expect({ status, code: headers["iothub-errorcode"] }).toEqual({ status: 400, code: "ArgumentInvalid" });
  expect(json()).toMatchObject({ Message: expect.stringMatching(/^ErrorCode:ArgumentInvalid;/) });
});

test.each(["", "{", "[]", "null", "7"])("a body of %j: 400 IotHubFormatError", async (body) => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const answer = await callRest({ hub, method: "POST", path: "/twins/dev1/methods", body });
  expect(answer).toMatchObject({ status: 400, headers: { "iothub-errorcode": "IotHubFormatError" } });
});

test("a payload nested deeper than any stack is an error of the caller, not of the hub", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const depth = 60_000;
  const body = `{"methodName":"any","payload":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  const answer = await callRest({ hub, method: "POST", path: "/twins/dev1/methods", body });
  expect(answer.status).toBe(400);
});
