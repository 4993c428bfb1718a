import type { Twin as DeviceTwin } from "azure-iot-device";
import { expect, onTestFinished, test } from "vitest";
import type { JsonObject } from "../../../src/local-hub/index.ts";
import { connectDevice, registryClient } from "../support/clients.ts";
import { startTestHub } from "../support/hub.ts";
import { connectModule } from "../support/identity-clients.ts";

test("Microsoft's device client sees, follows and reports what Microsoft's service client sets and sees", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const registry = registryClient(hub);
  await registry.updateTwin("dev1", { tags: { room: "lab" }, properties: { desired: { rate: 5 } } }, "*");
  const device = await connectDevice({ hub, deviceId: "dev1" });
  onTestFinished(async () => {
    await device.close();
  });
  const twin = await device.getTwin();
  expect(twin.properties.desired).toEqual({ rate: 5, $version: 2 });
  expect(twin.properties.reported).toMatchObject({ $version: 1 });

  const heard = follow(twin);
  await seen("subscribed", { fits: ({ topics }) => topics[0]?.includes("desired") === true });
  const { responseBody: serviceTwin } = await registry.getTwin("dev1");
  await serviceTwin.update({ properties: { desired: { rate: null, mode: { fast: true } } } });
  await heard.until(({ mode }) => mode !== undefined);
  // The SDK takes the nulls of a patch for removals, and shows the rest.
  expect(twin.properties.desired).toEqual({ mode: { fast: true }, $version: 3 });

  await report(twin, { mode: { fast: true }, gone: 1 });
  await report(twin, { gone: null, list: [1, { a: "b" }] });
  const { responseBody } = await registry.getTwin("dev1");
  expect(responseBody).toMatchObject({
    deviceId: "dev1",
    tags: { room: "lab" },
    etag: "AAAAAAAAAAM=",
    version: 6,
    connectionState: "Connected",
    status: "enabled",
    authenticationType: "sas",
    properties: {
      desired: { mode: { fast: true }, $version: 3 },
      reported: { mode: { fast: true }, list: [1, { a: "b" }], $version: 3 },
    },
  });
  expect(responseBody.properties.reported).not.toHaveProperty("gone");
});

test("what the hub refuses of a report, the device client is told in words, and nothing of it is kept", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectDevice({ hub, deviceId: "dev1" });
  onTestFinished(async () => {
    await device.close();
  });
  const twin = await device.getTwin();
  await expect(report(twin, { good: 1, "a.b": 2 })).rejects.toThrow(
    /^Property or Tag name has invalid characters/,
  );
  await expect(report(twin, { $version: 7 })).rejects.toThrow("Property/Tag $version");
  const large = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`n${n}`, "x".repeat(4000)]));
  await expect(report(twin, large)).rejects.toThrow(
    "'Properties.Reported' size should be less than 32768 bytes.",
  );
  expect(hub.twins.forDevice("dev1").reported).toEqual({ $version: 1 });
  expect(await seen("twin-refused", { count: 3 })).toMatchObject({
    status: 403,
    code: "DeviceModelMaxPropertiesExceeded",
  });
});

test("a module has a twin of its own, for Microsoft's module client and service client alike", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  const registry = registryClient(hub);
  await registry.updateModuleTwin("dev1", "mod1", { tags: { a: 1 }, properties: { desired: { b: 2 } } }, "*");
  const module = await connectModule({ hub, deviceId: "dev1", moduleId: "mod1" });
  const twin = await module.getTwin();
  const heard = follow(twin);
  await seen("subscribed", { fits: ({ topics }) => topics[0]?.includes("desired") === true });
  const { responseBody: serviceTwin } = await registry.getModuleTwin("dev1", "mod1");
  await serviceTwin.update({ properties: { desired: { b: 3 } } });
  await heard.until(({ b }) => b === 3);
  await report(twin, { c: 4 });
  expect((await registry.getModuleTwin("dev1", "mod1")).responseBody).toMatchObject({
    deviceId: "dev1",
    moduleId: "mod1",
    connectionState: "Connected",
    tags: { a: 1 },
    properties: { desired: { b: 3, $version: 3 }, reported: { c: 4, $version: 2 } },
  });
  expect((await registry.getTwin("dev1")).responseBody).toMatchObject({
    version: 2,
    connectionState: "Disconnected",
  });
});

test("the service client changes a twin only with its present etag", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const registry = registryClient(hub);
  const { responseBody: first } = await registry.getTwin("dev1");
  const { responseBody: second } = await registry.getTwin("dev1");
  await first.update({ tags: { winner: "first" } });
  await expect(second.update({ tags: { winner: "second" } })).rejects.toMatchObject({
    response: { statusCode: 412 },
  });
  await second.get();
  await second.update({ tags: { winner: "second" } });
  expect(hub.twins.get("dev1").tags).toEqual({ winner: "second" });
});

/** The desired properties that come, and the moment at which they are what one waits for. */
function follow(twin: DeviceTwin) {
  const changed = Promise.withResolvers<void>();
  let latest: JsonObject = {};
  let fits: (desired: JsonObject) => boolean = () => false;
  const look = () => fits(latest) && changed.resolve();
  twin.on("properties.desired", (desired: JsonObject) => {
    latest = desired;
    look();
  });
  return {
    until(condition: (desired: JsonObject) => boolean): Promise<void> {
      fits = condition;
      look();
      return changed.promise;
    },
  };
}

function report(twin: DeviceTwin, patch: object): Promise<void> {
  return new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error?: Error) => (error ? reject(error) : resolve()));
  });
}
