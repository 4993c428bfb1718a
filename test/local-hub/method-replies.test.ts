import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

async function deviceAndCall() {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  return { hub, seen, device, answer, call: await device.nextCall() };
}

test("a reply to a call that nobody made is ignored, and harms nothing", async () => {
  const { device, seen, answer, call } = await deviceAndCall();
  device.publish("$iothub/methods/res/200/?$rid=never-asked", "1");
  await seen("reply-ignored");
  call.reply(200, "2");
  expect((await answer).json()).toEqual({ status: 200, payload: 2 });
});

test("a second reply to the same call is ignored", async () => {
  const { device, seen, answer, call } = await deviceAndCall();
  call.reply(200, "1");
  call.reply(500, "2");
  expect((await answer).json()).toEqual({ status: 200, payload: 1 });
  const ignored = await seen("reply-ignored");
  expect(ignored.reason).toContain("late");
  expect(ignored.requestId).toBe(call.requestId);
  await device.ping();
});

test("a device cannot answer the call of another", async () => {
  const { hub, seen, answer, call } = await deviceAndCall();
  const other = await connectRawDevice({ hub, deviceId: "dev2" });
  other.publish(`$iothub/methods/res/200/?$rid=${call.requestId}`, '"forged"');
  expect(await seen("reply-ignored")).toMatchObject({ deviceId: "dev2" });
  call.reply(200, '"true"');
  expect((await answer).json()).toEqual({ status: 200, payload: "true" });
});

test.each(["not json", ""])(
  "a reply of %j reaches the caller as it came, as from the service",
  async (payload) => {
    const { answer, call } = await deviceAndCall();
    call.reply(200, payload);
    expect(await answer).toMatchObject({ status: 200, text: `{"status":200,"payload":${payload}}` });
  },
);

test("a reply of 128 KiB passes; of one byte more, the caller gets 502 at once", async () => {
  const { hub, device, answer, call } = await deviceAndCall();
  const full = JSON.stringify("x".repeat(128 * 1024 - 2));
  call.reply(200, full);
  expect((await answer).json()).toEqual({ status: 200, payload: JSON.parse(full) });

  const second = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await device.nextCall()).reply(200, `${full} `);
  const { status, headers, json } = await second;
  expect({ status, code: headers["iothub-errorcode"] }).toEqual({
    status: 502,
    code: "InvalidResponseWhileProxying",
  });
  expect(json()).toMatchObject({
    Message: expect.stringMatching(/^ErrorCode:InvalidResponseWhileProxying;/),
  });
});

test("a call survives a reconnect of its device, which may answer on its next connection", async () => {
  const { hub, seen, device, answer, call } = await deviceAndCall();
  device.destroy();
  await seen("disconnected");
  const again = await connectRawDevice({ hub, deviceId: "dev1" });
  again.publish(`$iothub/methods/res/200/?$rid=${call.requestId}`, '"after all"');
  expect((await answer).json()).toEqual({ status: 200, payload: "after all" });
});
