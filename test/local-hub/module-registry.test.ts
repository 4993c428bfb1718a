import { expect, test } from "vitest";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectModule } from "./support/identity-clients.ts";
import { callRest } from "./support/rest.ts";

const MODULE = { deviceId: "dev1", moduleId: "mod1" };

async function hubAndRegistry() {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  return { hub, registry: registryClient(hub) };
}

test("Microsoft's registry client makes, reads, lists, updates and deletes modules", async () => {
  const { hub, registry } = await hubAndRegistry();
  const made = (await registry.addModule({ ...MODULE, managedBy: "me" })).responseBody;
  expect(made).toMatchObject({
    ...MODULE,
    managedBy: "me",
    connectionState: "Disconnected",
    authentication: {
      type: "sas",
      symmetricKey: { primaryKey: hub.modules.get("dev1", "mod1")?.primaryKey },
    },
  });
  await registry.addModule({ ...MODULE, deviceId: "dev2" });
  await connectModule({ hub, ...MODULE });
  expect((await registry.getModule("dev1", "mod1")).responseBody).toMatchObject({
    generationId: made.generationId,
    connectionState: "Connected",
  });
  await registry.addModule({ ...MODULE, moduleId: "mod2" });
  const listed = (await registry.getModulesOnDevice("dev1")).responseBody;
  expect(listed.map(({ moduleId }: { moduleId: string }) => moduleId)).toEqual(["mod1", "mod2"]);

  const primaryKey = Buffer.alloc(32, 7).toString("base64");
  const changed = { ...made, authentication: { type: "sas", symmetricKey: { primaryKey } } };
  await registry.updateModule(changed as typeof made);
  expect(hub.modules.get("dev1", "mod1")).toMatchObject({ primaryKey, managedBy: "me" });
  await expect(registry.updateModule(made)).rejects.toMatchObject({ name: "InvalidEtagError" });
  await registry.removeModule("dev1", "mod1");
  expect(hub.modules.list().map(({ deviceId, moduleId }) => `${deviceId}/${moduleId}`)).toEqual([
    "dev2/mod1",
    "dev1/mod2",
  ]);
});

test.each([
  ["of an unknown device", "PUT", "/devices/dev3/modules/mod1", 404, "DeviceNotFound"],
  ["twice", "PUT", "/devices/dev1/modules/mod1", 409, "ModuleAlreadyExistsOnDevice"],
  ["with a slash in its id", "PUT", "/devices/dev1/modules/a%2Fb", 400, "ArgumentInvalid"],
  ["with a wildcard in its id", "PUT", "/devices/dev1/modules/%23", 400, "ArgumentInvalid"],
  ["that is not there: get", "GET", "/devices/dev1/modules/mod2", 404, "ModuleNotFound"],
  ["that is not there: delete", "DELETE", "/devices/dev1/modules/mod2", 404, "ModuleNotFound"],
  ["of an unknown device: list", "GET", "/devices/dev3/modules", 404, "DeviceNotFound"],
])("a module %s: %s %s is %i %s", async (_what, method, path, status, code) => {
  const { hub } = await hubAndRegistry();
  await hub.modules.create(MODULE);
  const headers: Record<string, string> = method === "DELETE" ? { "if-match": "*" } : {};
  const answer = await callRest({ hub, method, path, headers, ...(method === "PUT" ? { body: {} } : {}) });
  expect(answer).toMatchObject({ status, headers: { "iothub-errorcode": code } });
});

test.each([
  ["managedBy", { managedBy: 7 }],
  ["key", { authentication: { symmetricKey: { primaryKey: "?" } } }],
  ["device id", { deviceId: "dev2" }],
  ["module id", { moduleId: "mod2" }],
])("a wrong %s: 400 ArgumentInvalid", async (_what, body) => {
  const { hub } = await hubAndRegistry();
  const answer = await callRest({ hub, method: "PUT", path: "/devices/dev1/modules/mod1", body });
  expect(answer).toMatchObject({ status: 400, headers: { "iothub-errorcode": "ArgumentInvalid" } });
  expect(hub.modules.list()).toEqual([]);
});
