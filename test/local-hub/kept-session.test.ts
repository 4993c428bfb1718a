import { expect, onTestFinished, test } from "vitest";
import { connectDevice, serviceClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

test("a device that reconnects without subscribing again still gets its methods", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const first = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  expect(first.sessionPresent).toBe(false);
  await first.disconnect();

  const second = await connectRawDevice({ hub, deviceId: "dev1" });
  expect(second.sessionPresent).toBe(true);
  expect(await seen("connected", { count: 2 })).toMatchObject({ online: true });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await second.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
});

test("Microsoft's client answers after it renewed its token, for which it does not subscribe again", async () => {
  const { hub, events, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectDevice({
    hub,
    deviceId: "dev1",
    methods: { any: (_request, response) => void response.send(200, "here") },
  });
  onTestFinished(async () => {
    await device.close();
  });
  await seen("subscribed");
  const subscriptions = () => events.filter(({ event }) => event === "subscribed").length;
  const before = subscriptions();
  // New renewal times make the SDK renew at once.
  await device.setOptions({
    ca: hub.ca,
    tokenRenewal: { tokenValidTimeInSeconds: 7200, tokenRenewalMarginInSeconds: 900 },
  });
  await seen("connected", { count: 2 });
  const { result } = await serviceClient(hub).invokeDeviceMethod("dev1", { methodName: "any" });
  expect(result).toEqual({ status: 200, payload: "here" });
  expect(subscriptions()).toBe(before);
});

test("a clean session is forgotten when it ends, and forgets the kept one", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  await (await connectRawDevice({ hub, deviceId: "dev1", methods: true })).disconnect();
  await (await connectRawDevice({ hub, deviceId: "dev1", clean: true, methods: true })).disconnect();
  expect((await connectRawDevice({ hub, deviceId: "dev1" })).sessionPresent).toBe(false);
});

test("forgetSession: the device stays connected, deaf, and finds no session at its next connection", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await hub.forgetSession("dev1");
  await device.ping();
  expect((await callMethod({ hub, deviceId: "dev1", methodName: "any" })).status).toBe(404);
  await device.disconnect();
  expect((await connectRawDevice({ hub, deviceId: "dev1" })).sessionPresent).toBe(false);
});
