import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { registryClient } from "./support/clients.ts";
import { startTestHub, temporaryFolder } from "./support/hub.ts";
import { startHubProcess } from "./support/hub-process.ts";
import { connectRawDevice } from "./support/raw-device.ts";

test("a hub stopped and started on the same folder has the same devices, keys and authority", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub: first } = await startTestHub({ dataDirectory, devices: ["dev1"] });
  const { ca, caFile, mqttPort, httpsPort, serviceConnectionString } = first;
  const deviceConnectionString = first.deviceConnectionString("dev1");
  expect(await readFile(String(caFile), "utf8")).toBe(ca);
  await first.stop();

  const { hub: second } = await startTestHub({ dataDirectory, mqttPort, httpsPort });
  expect(second).toMatchObject({ ca, caFile, mqttPort, httpsPort, serviceConnectionString });
  expect(second.deviceConnectionString("dev1")).toBe(deviceConnectionString);
});

test("its modules and thumbprints are kept too, and modules that went with their device do not come back", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub: first } = await startTestHub({ dataDirectory, devices: ["dev1", "dev2"] });
  await first.registry.create({ deviceId: "dev3", primaryThumbprint: "A".repeat(40) });
  await first.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  await first.modules.create({ deviceId: "dev2", moduleId: "mod1" });
  await first.registry.delete("dev2");
  const kept = { devices: first.registry.list(), modules: first.modules.list() };
  await first.stop();
  const { hub: second } = await startTestHub({ dataDirectory });
  expect({ devices: second.registry.list(), modules: second.modules.list() }).toEqual(kept);
  expect(kept.modules).toMatchObject([{ deviceId: "dev1", moduleId: "mod1" }]);
});

test("what an earlier version kept in hub.json is taken over, from before there were modules and certificates too", async () => {
  const dataDirectory = await temporaryFolder();
  const key = Buffer.alloc(32, 7).toString("base64");
  const stamp = { generationId: "1", etag: "AAAA" };
  const keys = { primaryKey: key, secondaryKey: key };
  const device = { deviceId: "dev1", status: "enabled", statusReason: null, statusUpdatedTime: "", ...keys };
  const policy = { name: "iothubowner", rights: ["RegistryRead", "DeviceConnect"], ...keys };
  const state = { version: 1, policies: [policy], devices: [{ ...device, ...stamp }] };
  await writeFile(join(dataDirectory, "hub.json"), JSON.stringify(state));
  const { hub: first } = await startTestHub({ dataDirectory });
  expect(first.registry.list()).toMatchObject([
    { deviceId: "dev1", authenticationType: "sas", primaryKey: key },
  ]);
  expect(first.serviceConnectionString).toContain(key);
  expect(first.twins.get("dev1").version).toBe(2);
  await connectRawDevice({ hub: first, deviceId: "dev1" });
  await first.registry.delete("dev1");
  await first.stop();
  // Not a second time: what was deleted since would come back.
  const { hub: second } = await startTestHub({ dataDirectory });
  expect(second.registry.list()).toEqual([]);
  expect(await readdir(dataDirectory)).toContain("hub.json.taken-over");
});

test("a second hub on the same folder is refused, and the first one goes on", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub: first } = await startTestHub({ dataDirectory });
  await expect(startTestHub({ dataDirectory })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("another local hub uses"),
  });
  await first.registry.create({ deviceId: "dev1" });
  await first.stop();
  const { hub: third } = await startTestHub({ dataDirectory });
  expect(third.registry.get("dev1")).toBeDefined();
});

test("a hub killed with -9 and started again serves the same device and the same service connection string", async () => {
  const dataDirectory = await temporaryFolder();
  const first = await startHubProcess(dataDirectory);
  const { mqttPort, httpsPort, serviceConnectionString } = first.hub;
  // The remote end of an unmodified client: the device must be on disk by the time it is told that it was made.
  await registryClient(first.hub).create({ deviceId: "dev1" });
  await first.kill();

  const { hub: second } = await startTestHub({ dataDirectory, mqttPort, httpsPort });
  expect(second).toMatchObject({ ca: first.hub.ca, serviceConnectionString });
  await connectRawDevice({ hub: second, deviceId: "dev1" });
  const registry = registryClient(second, serviceConnectionString);
  expect((await registry.get("dev1")).responseBody.deviceId).toBe("dev1");
});

test("a hub killed before anything changed has the same service connection string when it is started again", async () => {
  const dataDirectory = await temporaryFolder();
  const first = await startHubProcess(dataDirectory);
  await first.kill();
  const { hub: second } = await startTestHub({ dataDirectory, httpsPort: first.hub.httpsPort });
  const { ca, serviceConnectionString } = first.hub;
  expect(second).toMatchObject({ ca, serviceConnectionString });
});

test("the folder and what is secret in it are their owner's only, and no temporary file is left", async () => {
  const dataDirectory = join(await temporaryFolder(), "made", "by-the-hub");
  const { hub } = await startTestHub({ dataDirectory });
  await Promise.all(Array.from({ length: 50 }, (_, n) => hub.registry.create({ deviceId: `dev${n}` })));
  const modeOf = async (name: string) => (await stat(join(dataDirectory, name))).mode & 0o777;
  expect(await modeOf(".")).toBe(0o700);
  expect(await modeOf("hub.db")).toBe(0o600);
  expect(await modeOf("hub.db-wal")).toBe(0o600);
  expect(await modeOf("ca-key.pem")).toBe(0o600);
  await hub.stop();
  expect((await readdir(dataDirectory)).sort()).toEqual(["ca-key.pem", "ca.pem", "hub.db"]);
  const { hub: second } = await startTestHub({ dataDirectory });
  expect(second.registry.list()).toEqual(hub.registry.list());
});

test("without a folder nothing is kept", async () => {
  const { hub: first } = await startTestHub({ devices: ["dev1"] });
  await first.stop();
  const { hub: second } = await startTestHub();
  expect(second.caFile).toBeUndefined();
  expect(second.registry.list()).toEqual([]);
  expect(second.ca).not.toBe(first.ca);
});

test.each([
  ["hub.json", "{"],
  ["hub.json", "{}"],
  [
    "hub.db",
    "not a database, and long enough that SQLite looks at it: a header has a hundred bytes, at the least",
  ],
  ["ca.pem", "not a certificate"],
  ["ca-key.pem", "not a key"],
])("a folder with a broken %s is refused with what to do, and left as it is", async (name, content) => {
  const dataDirectory = await temporaryFolder();
  await (await startTestHub({ dataDirectory })).hub.stop();
  const path = join(dataDirectory, name);
  await writeFile(path, content);
  await expect(startTestHub({ dataDirectory })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringMatching(/[Rr]emove/),
  });
  expect(await readFile(path, "utf8")).toBe(content);
});
