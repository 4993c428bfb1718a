import { expect, onTestFinished, test } from "vitest";
import { connectDevice, serviceClient } from "./support/clients.ts";
import { startTestHub, temporaryFolder } from "./support/hub.ts";
import { startHubProcess } from "./support/hub-process.ts";
import { moduleToken } from "./support/identity-clients.ts";
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

const METHODS = "$iothub/methods/POST/#";
const TWIN = "$iothub/twin/res/#";

test("a session outlives kill -9 of a hub with a data folder: the device need not subscribe again", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub, kill } = await startHubProcess(dataDirectory, { devices: ["dev1"] });
  await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  await kill();

  const { hub: second } = await startTestHub({ dataDirectory });
  const device = await connectRawDevice({ hub: second, deviceId: "dev1" });
  expect(device.sessionPresent).toBe(true);
  const answer = callMethod({ hub: second, deviceId: "dev1", methodName: "any" });
  (await device.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
});

test("after a restart there are the sessions that there were: neither what was unsubscribed, nor what was dropped", async () => {
  const dataDirectory = await temporaryFolder();
  const devices = ["stays", "unsubscribes", "clean", "forgotten", "deleted", "empty"];
  const { hub: first } = await startTestHub({ dataDirectory, devices });
  await first.modules.create({ deviceId: "deleted", moduleId: "mod1" });
  for (const deviceId of [...devices, "deleted/mod1"]) {
    const isModule = deviceId.includes("/");
    const device = await connectRawDevice({
      hub: first,
      deviceId,
      ...(isModule ? { password: moduleToken({ hub: first, deviceId: "deleted", moduleId: "mod1" }) } : {}),
    });
    await device.subscribe([{ topic: METHODS, qos: 1 }, { topic: TWIN }]);
    if (deviceId === "unsubscribes") await device.unsubscribe([METHODS]);
    if (deviceId === "empty") await device.unsubscribe([METHODS, TWIN]);
    await device.disconnect();
  }
  await (await connectRawDevice({ hub: first, deviceId: "clean", clean: true, methods: true })).disconnect();
  await first.forgetSession("forgotten");
  await first.registry.delete("deleted");
  await first.stop();

  const { hub: second, seen } = await startTestHub({ dataDirectory });
  await second.registry.create({ deviceId: "deleted" });
  await second.modules.create({ deviceId: "deleted", moduleId: "mod1" });
  const found: Record<string, boolean> = {};
  for (const deviceId of devices) {
    found[deviceId] = (await connectRawDevice({ hub: second, deviceId })).sessionPresent;
  }
  const password = moduleToken({ hub: second, deviceId: "deleted", moduleId: "mod1" });
  const module = await connectRawDevice({ hub: second, deviceId: "deleted/mod1", password });
  expect({ ...found, module: module.sessionPresent }).toEqual({
    stays: true,
    unsubscribes: true,
    clean: false,
    forgotten: false,
    deleted: false,
    empty: false,
    module: false,
  });
  expect(await seen("connected", { fits: (event) => event.deviceId === "stays" })).toMatchObject({
    online: true,
  });
  const deaf = await seen("connected", { fits: (event) => event.deviceId === "unsubscribes" });
  expect(deaf).toMatchObject({ online: false });
});
