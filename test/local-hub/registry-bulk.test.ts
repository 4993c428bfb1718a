import type { Registry } from "azure-iothub";
import { expect, test } from "vitest";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callRest } from "./support/rest.ts";

async function hubAndRegistry(devices: readonly string[] = []) {
  const { hub } = await startTestHub({ devices });
  return { hub, registry: registryClient(hub) };
}

const ids = (hub: { registry: { list(): Array<{ deviceId: string }> } }) =>
  hub.registry.list().map(({ deviceId }) => deviceId);

const post = (hub: Parameters<typeof callRest>[0]["hub"], body: unknown) =>
  callRest({ hub, method: "POST", path: "/devices", body });

test("Microsoft's registry client makes, updates and removes many devices in one call", async () => {
  const { hub, registry } = await hubAndRegistry();
  const many = Array.from({ length: 100 }, (_, n) => ({ deviceId: `dev${n}` }));
  expect((await registry.addDevices(many)).responseBody).toEqual({
    isSuccessful: true,
    errors: [],
    warnings: [],
  });
  expect(ids(hub)).toEqual(many.map(({ deviceId }) => deviceId));
  const { responseBody: devices } = await registry.list();
  const disabled = devices.map((device) => ({ ...device, status: "disabled" as const }));
  const keyBefore = hub.registry.get("dev7")?.primaryKey;
  await registry.updateDevices(disabled, false);
  expect(hub.registry.get("dev7")).toMatchObject({ status: "disabled", primaryKey: keyBefore });
  // Their etags are old now.
  await expect(registry.removeDevices(disabled, false)).rejects.toMatchObject({ name: "ArgumentError" });
  expect(ids(hub)).toHaveLength(100);
  await registry.removeDevices(disabled, true);
  expect(ids(hub)).toEqual([]);
});

test("what fails is told by device, with the service's number, and the others are done", async () => {
  const { hub } = await hubAndRegistry(["dev1", "dev2", "dev3"]);
  const answer = await post(hub, [
    { id: "dev1", importMode: "create" },
    { id: "new1", importMode: "create", status: "disabled" },
    { id: "new2", importMode: "Update" },
    { id: "dev2", importMode: "deleteIfMatchETag", eTag: "old" },
    { id: "dev3", importMode: "deleteIfMatchETag", eTag: `"${hub.registry.get("dev3")?.etag}"` },
    { id: "a b", importMode: "create" },
    { id: "new3", importMode: "upsert" },
    { id: "dev1", moduleId: "mod1", importMode: "create", managedBy: "me" },
    { id: "dev2", moduleId: "mod1", importMode: "delete" },
    { id: "new4", importMode: "createOrUpdate" },
  ]);
  expect(answer).toMatchObject({
    status: 400,
    headers: { "iothub-errorcode": "BulkRegistryOperationFailure" },
  });
  expect(answer.json()).toEqual({
    isSuccessful: false,
    errors: [
      { deviceId: "dev1", errorCode: 409001, errorStatus: "dev1", operation: "create" },
      { deviceId: "new2", errorCode: 404001, errorStatus: "new2", operation: "Update" },
      expect.objectContaining({ deviceId: "dev2", errorCode: 412001, operation: "deleteIfMatchETag" }),
      expect.objectContaining({ deviceId: "a b", errorCode: 400004 }),
      expect.objectContaining({ deviceId: "new3", errorCode: 400004, operation: "upsert" }),
      {
        deviceId: "dev2",
        moduleId: "mod1",
        errorCode: 404010,
        errorStatus: "dev2/mod1",
        operation: "delete",
      },
    ],
    warnings: [],
  });
  expect(ids(hub)).toEqual(["dev1", "dev2", "new1", "new4"]);
  expect(hub.registry.get("new1")?.status).toBe("disabled");
  expect(hub.modules.get("dev1", "mod1")?.managedBy).toBe("me");
});

test("a new device may come with its twin; with one that cannot be, it does not come", async () => {
  const { hub } = await hubAndRegistry();
  const tags = { floor: 3 };
  const answer = await post(hub, [
    { id: "dev1", importMode: "create", tags, properties: { desired: { speed: 7 } } },
    { id: "dev2", importMode: "create", tags: { "a.b": 1 } },
    { id: "dev3", importMode: "create", properties: { desired: [] } },
  ]);
  expect(answer.json().errors).toMatchObject([
    { deviceId: "dev2", errorCode: 400004 },
    { deviceId: "dev3", errorCode: 400004 },
  ]);
  expect(ids(hub)).toEqual(["dev1"]);
  expect(hub.twins.get("dev1")).toMatchObject({ tags, properties: { desired: { speed: 7 } } });

  const { etag } = hub.twins.get("dev1");
  const patch = {
    id: "dev1",
    importMode: "updateTwinIfMatchETag",
    twinETag: `"${etag}"`,
    tags: { floor: 4 },
  };
  expect((await post(hub, [patch])).json().isSuccessful).toBe(true);
  expect((await post(hub, [patch])).json().errors).toMatchObject([{ errorCode: 412001 }]);
  await post(hub, [{ id: "dev1", importMode: "updateTwin", tags: { room: 1 } }]);
  expect(hub.twins.get("dev1").tags).toEqual({ floor: 4, room: 1 });
});

test.each([
  ["nothing", [], 400, "ArgumentInvalid"],
  ["101 devices", Array.from({ length: 101 }, (_, n) => ({ id: `dev${n}` })), 413, "TooManyDevices"],
  ["a device twice", [{ id: "dev1" }, { id: "dev1" }], 400, "DeviceDefinedMultipleTimes"],
  ["no id", [{ importMode: "create" }], 400, "ArgumentInvalid"],
  ["no list", { id: "dev1" }, 400, "IotHubFormatError"],
  ["a list of texts", ["dev1"], 400, "IotHubFormatError"],
])("a call with %s is refused as a whole", async (_what, body, status, code) => {
  const { hub } = await hubAndRegistry();
  expect(await post(hub, body)).toMatchObject({ status, headers: { "iothub-errorcode": code } });
  expect(ids(hub)).toEqual([]);
});

test("the statistics count devices, not modules", async () => {
  const { hub, registry } = await hubAndRegistry(["dev1", "dev2", "dev3"]);
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  await hub.registry.update({ deviceId: "dev2", status: "disabled" });
  await connectRawDevice({ hub, deviceId: "dev3" });
  expect((await registry.getRegistryStatistics()).responseBody).toEqual({
    totalDeviceCount: 3,
    enabledDeviceCount: 2,
    disabledDeviceCount: 1,
  });
  expect((await callRest({ hub, path: "/statistics/service" })).json()).toEqual({ connectedDeviceCount: 1 });
});

test("of imports and exports there are none", async () => {
  const { registry } = await hubAndRegistry();
  expect(await new Promise((resolve) => registry.listJobs((_error, jobs) => resolve(jobs)))).toEqual([]);
});

test.each<[string, number, string, (registry: Registry) => Promise<unknown>]>([
  [
    "applying a deployment to a device",
    403,
    "OperationNotAvailableInCurrentTier",
    (r) => r.applyConfigurationContentOnDevice("dev1", {} as never),
  ],
  ["getting a configuration", 404, "ConfigurationNotFound", (r) => r.getConfiguration("c1")],
  ["removing a configuration", 404, "ConfigurationNotFound", (r) => r.removeConfiguration("c1")],
  [
    "importing devices",
    404,
    "FeatureNotSupported",
    (r) => r.importDevicesFromBlob("in", "out") as Promise<unknown>,
  ],
  [
    "exporting devices",
    404,
    "FeatureNotSupported",
    (r) => r.exportDevicesToBlob("out", false) as Promise<unknown>,
  ],
  ["asking for an import", 404, "JobNotFound", (r) => r.getJob("j1") as Promise<unknown>],
  ["cancelling one", 404, "JobNotFound", (r) => r.cancelJob("j1") as Promise<unknown>],
])("%s is refused in the service's terms: %i %s", async (_what, status, code, act) => {
  const { registry } = await hubAndRegistry(["dev1"]);
  const { response } = await act(registry).then(
    () => expect.unreachable(),
    (error: { response: { statusCode: number; headers: Record<string, string> } }) => error,
  );
  expect(response).toMatchObject({ statusCode: status, headers: { "iothub-errorcode": code } });
});
