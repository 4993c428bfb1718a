import type { Registry } from "azure-iothub";
import { expect, test } from "vitest";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callRest } from "./support/rest.ts";

const KEY = /^[A-Za-z0-9+/]{43}=$/;

async function hubAndRegistry(devices: readonly string[] = []) {
  const { hub } = await startTestHub({ devices });
  return { hub, registry: registryClient(hub) };
}

test("Microsoft's registry client makes a device; blank keys are made for it", async () => {
  const { hub, registry } = await hubAndRegistry();
  const { responseBody } = await registry.create({ deviceId: "dev1" });
  expect(responseBody).toMatchObject({
    deviceId: "dev1",
    status: "enabled",
    connectionState: "Disconnected",
    authentication: {
      type: "sas",
      symmetricKey: { primaryKey: expect.stringMatching(KEY), secondaryKey: expect.stringMatching(KEY) },
    },
  });
  const { primaryKey, secondaryKey } = hub.registry.get("dev1") ?? {};
  expect(responseBody.authentication?.symmetricKey).toEqual({ primaryKey, secondaryKey });
  expect(primaryKey).not.toBe(secondaryKey);
});

test("it takes the keys and the status it is given", async () => {
  const { registry } = await hubAndRegistry();
  const symmetricKey = {
    primaryKey: Buffer.alloc(32, 1).toString("base64"),
    secondaryKey: Buffer.alloc(64, 2).toString("base64"),
  };
  const device = {
    deviceId: "dev1",
    status: "disabled" as const,
    statusReason: "on the shelf",
    authentication: { symmetricKey },
  };
  const { responseBody } = await registry.create(device);
  expect(responseBody).toMatchObject(device);
  expect((await registry.get("dev1")).responseBody).toMatchObject(device);
});

test("it lists, updates and deletes devices", async () => {
  const { hub, registry } = await hubAndRegistry(["dev1", "dev2"]);
  expect((await registry.list()).responseBody.map(({ deviceId }) => deviceId)).toEqual(["dev1", "dev2"]);
  const { responseBody: before } = await registry.get("dev1");
  await registry.update({ ...before, status: "disabled" });
  expect(hub.registry.get("dev1")).toMatchObject({
    status: "disabled",
    primaryKey: before.authentication?.symmetricKey?.primaryKey,
  });
  expect(hub.registry.get("dev1")?.etag).not.toBe(before.etag);
  await registry.delete("dev1");
  expect(hub.registry.list().map(({ deviceId }) => deviceId)).toEqual(["dev2"]);
});

test("an update resets what it leaves out, as the SDK warns: status, reason, keys", async () => {
  const { hub, registry } = await hubAndRegistry();
  await registry.create({ deviceId: "dev1", status: "disabled", statusReason: "on the shelf" });
  const before = hub.registry.get("dev1");
  await registry.update({ deviceId: "dev1" });
  const after = hub.registry.get("dev1");
  expect(after).toMatchObject({ status: "enabled", statusReason: null, generationId: before?.generationId });
  expect(after?.primaryKey).toMatch(KEY);
  expect(after?.primaryKey).not.toBe(before?.primaryKey);
  // The hub's own API changes what it is told, and nothing else.
  await hub.registry.update({ deviceId: "dev1", statusReason: "back" });
  expect(hub.registry.get("dev1")).toMatchObject({ statusReason: "back", primaryKey: after?.primaryKey });
});

test("the status has the time of its last change, and never had one at first", async () => {
  const { registry } = await hubAndRegistry();
  const { responseBody: made } = await registry.create({ deviceId: "dev1" });
  expect(made.statusUpdatedTime).toBe("0001-01-01T00:00:00");
  const { responseBody: changed } = await registry.update({ ...made, status: "disabled" });
  expect(Math.abs(Date.parse(String(changed.statusUpdatedTime)) - Date.now())).toBeLessThan(60_000);
});

test("the connection state is the truth", async () => {
  const { hub, registry } = await hubAndRegistry(["dev1"]);
  await connectRawDevice({ hub, deviceId: "dev1" });
  expect((await registry.get("dev1")).responseBody.connectionState).toBe("Connected");
});

test.each<[string, string, (registry: Registry) => Promise<unknown>]>([
  ["making a device twice", "DeviceAlreadyExistsError", (registry) => registry.create({ deviceId: "dev1" })],
  ["getting an unknown device", "DeviceNotFoundError", (registry) => registry.get("dev2")],
  ["updating an unknown device", "DeviceNotFoundError", (registry) => registry.update({ deviceId: "dev2" })],
  ["deleting an unknown device", "DeviceNotFoundError", (registry) => registry.delete("dev2")],
  ["an id with a space", "ArgumentError", (registry) => registry.create({ deviceId: "a b" })],
  ["an id with a slash", "ArgumentError", (registry) => registry.create({ deviceId: "a/b" })],
  ["an id with a wildcard", "ArgumentError", (registry) => registry.create({ deviceId: "a#" })],
  ["an id of 129 characters", "ArgumentError", (registry) => registry.create({ deviceId: "x".repeat(129) })],
])("%s: %s", async (_what, name, act) => {
  const { registry } = await hubAndRegistry(["dev1"]);
  await expect(act(registry)).rejects.toMatchObject({ name });
});

test.each([
  ["status", { status: "on" }],
  ["statusReason", { statusReason: 7 }],
  ["a key that is not base64", { authentication: { symmetricKey: { primaryKey: "?" } } }],
  ["a key that is too short", { authentication: { symmetricKey: { primaryKey: "AAAA" } } }],
  ["symmetricKey", { authentication: { symmetricKey: "x" } }],
  ["authentication", { authentication: [] }],
  ["type of authentication", { authentication: { type: "password" } }],
  ["self-signed authentication, without thumbprint", { authentication: { type: "selfSigned" } }],
  ["thumbprint", { authentication: { x509Thumbprint: { primaryThumbprint: "AB:CD" } } }],
  ["thumbprint that is no text", { authentication: { x509Thumbprint: { secondaryThumbprint: 7 } } }],
  ["another id than the path's", { deviceId: "dev2" }],
])("a wrong %s: 400 ArgumentInvalid", async (_what, body) => {
  const { hub } = await hubAndRegistry();
  const answer = await callRest({ hub, method: "PUT", path: "/devices/dev1", body });
  expect(answer).toMatchObject({ status: 400, headers: { "iothub-errorcode": "ArgumentInvalid" } });
  expect(hub.registry.list()).toEqual([]);
});

test("a change asked for one version of a device is refused once there is another: 412", async () => {
  const { hub } = await hubAndRegistry(["dev1"]);
  const path = "/devices/dev1";
  const first = await callRest({ hub, path });
  const etag = String(first.headers.etag);
  expect(etag).toBe(`"${first.json().etag}"`);

  const update = (ifMatch: string) =>
    callRest({ hub, method: "PUT", path, body: { status: "disabled" }, headers: { "if-match": ifMatch } });
  expect((await update(etag)).status).toBe(200);
  const stale = await update(etag);
  expect(stale.status).toBe(412);
  expect(stale.json()).toMatchObject({ Message: expect.stringMatching(/^ErrorCode:PreconditionFailed;/) });
  expect((await update("*")).status).toBe(200);
  expect((await callRest({ hub, method: "DELETE", path, headers: { "if-match": etag } })).status).toBe(412);
  expect((await callRest({ hub, method: "DELETE", path })).status).toBe(412);
  expect((await callRest({ hub, method: "DELETE", path, headers: { "if-match": '"*"' } })).status).toBe(204);
});

test("a list holds at most the number asked for", async () => {
  const { hub } = await hubAndRegistry(["dev1", "dev2", "dev3"]);
  const list = async (top: string) => callRest({ hub, path: `/devices?api-version=2021-04-12&top=${top}` });
  expect((await list("2")).json()).toHaveLength(2);
  expect((await list("0")).status).toBe(400);
  expect((await list("many")).status).toBe(400);
});

test("ids with every character that is allowed work in paths and topics", async () => {
  const deviceId = "aZ0-.%_*?!(),:=@$'";
  const { hub, registry } = await hubAndRegistry();
  await registry.create({ deviceId });
  expect((await registry.get(deviceId)).responseBody.deviceId).toBe(deviceId);
  await connectRawDevice({ hub, deviceId, methods: true });
  expect(hub.isConnected(deviceId)).toBe(true);
});

test("in tests, what is wrong is told with the service's code, also by an error that nobody catches", async () => {
  const { hub } = await startTestHub();
  await expect(hub.registry.create({} as never)).rejects.toMatchObject({ code: "ArgumentInvalid" });
  expect(() => hub.deviceConnectionString("ghost")).toThrow(
    expect.objectContaining({ name: "HubError [DeviceNotFound]", message: "ghost" }),
  );
});
