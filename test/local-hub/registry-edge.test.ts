import { expect, test } from "vitest";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { callRest } from "./support/rest.ts";

/** Which the SDK's own type of a device leaves out. */
const scopeOf = (device: object) => String((device as { deviceScope?: unknown }).deviceScope);

async function hubWithGateway() {
  const { hub } = await startTestHub();
  const registry = registryClient(hub);
  const { responseBody: gateway } = await registry.create({
    deviceId: "gateway",
    capabilities: { iotEdge: true },
  });
  return { hub, registry, gateway, scope: scopeOf(gateway) };
}

test("an IoT Edge device has a scope of its own and the runtime's two modules", async () => {
  const { registry, gateway } = await hubWithGateway();
  expect(gateway).toMatchObject({
    capabilities: { iotEdge: true },
    deviceScope: `ms-azure-iot-edge://gateway-${gateway.generationId}`,
  });
  expect(gateway).not.toHaveProperty("parentScopes");
  expect((await registry.getModulesOnDevice("gateway")).responseBody).toMatchObject([
    { moduleId: "$edgeAgent", managedBy: "iotEdge" },
    { moduleId: "$edgeHub", managedBy: "iotEdge" },
  ]);
});

test("a device becomes the child of a gateway, and is let go, by the one name or the other", async () => {
  const { hub, registry, scope } = await hubWithGateway();
  const { responseBody: child } = await registry.create({ deviceId: "leaf", deviceScope: scope });
  const standing = { capabilities: { iotEdge: false }, deviceScope: scope, parentScopes: [scope] };
  expect(child).toMatchObject(standing);
  expect(hub.twins.get("leaf")).toMatchObject(standing);
  const { responseBody: same } = await registry.update({ ...child, status: "disabled" });
  expect(same).toMatchObject({ deviceScope: scope, parentScopes: [scope] });
  const { responseBody: free } = await registry.update({ ...same, parentScopes: [] });
  expect(free).not.toHaveProperty("deviceScope");
  const { responseBody: again } = await registry.update({ ...free, parentScopes: [scope] } as never);
  expect(again).toMatchObject({ deviceScope: scope });
  const { responseBody: reset } = await registry.update({ deviceId: "leaf" });
  expect(reset).not.toHaveProperty("deviceScope");
});

test("gateways may be nested, and keep their own scope", async () => {
  const { registry, scope } = await hubWithGateway();
  const capabilities = { iotEdge: true };
  const { responseBody: lower } = await registry.create({
    deviceId: "lower",
    capabilities,
    parentScopes: [scope],
  });
  expect(lower).toMatchObject({
    deviceScope: `ms-azure-iot-edge://lower-${lower.generationId}`,
    parentScopes: [scope],
  });
  const { responseBody: moved } = await registry.update({ ...lower, parentScopes: [] } as never);
  expect(moved).toMatchObject({ deviceScope: scopeOf(lower) });
  expect(moved).not.toHaveProperty("parentScopes");
  const { responseBody: plain } = await registry.update({ deviceId: "lower" });
  expect(plain).toMatchObject({ capabilities: { iotEdge: false } });
  expect(plain).not.toHaveProperty("deviceScope");
  expect((await registry.getModulesOnDevice("lower")).responseBody).toEqual([]);
});

const OTHER = "ms-azure-iot-edge://nobody-1";

test.each<[string, string, (scope: string) => Record<string, unknown>]>([
  ["a scope that no gateway has", "InvalidDeviceScope", () => ({ deviceScope: OTHER })],
  ["no scope at all", "InvalidDeviceScope", () => ({ deviceScope: "gateway" })],
  ["two parents", "InvalidDeviceScope", (scope) => ({ deviceScope: scope, parentScopes: [OTHER] })],
  [
    "a gateway with another's scope",
    "InvalidDeviceScope",
    (scope) => ({ capabilities: { iotEdge: true }, deviceScope: scope }),
  ],
  ["a list of two", "ArgumentInvalid", (scope) => ({ parentScopes: [scope, scope] })],
  ["a list that is none", "ArgumentInvalid", () => ({ parentScopes: "x" })],
  ["a scope that is no text", "ArgumentInvalid", () => ({ deviceScope: 7 })],
  ["a capability that is no flag", "ArgumentInvalid", () => ({ capabilities: { iotEdge: "yes" } })],
])("%s: 400 %s", async (_what, code, body) => {
  const { hub, scope } = await hubWithGateway();
  const answer = await callRest({ hub, method: "PUT", path: "/devices/leaf", body: body(scope) });
  expect(answer).toMatchObject({ status: 400, headers: { "iothub-errorcode": code } });
  expect(hub.registry.get("leaf")).toBeUndefined();
});

test("a gateway that was made again is another one: its old scope counts no more", async () => {
  const { hub, scope } = await hubWithGateway();
  await hub.registry.delete("gateway");
  await hub.registry.create({ deviceId: "gateway", capabilities: { iotEdge: true } });
  await expect(hub.registry.create({ deviceId: "leaf", deviceScope: scope })).rejects.toMatchObject({
    code: "InvalidDeviceScope",
  });
});

test("no gateway is above itself, and none has more than five above it", async () => {
  const { hub } = await startTestHub();
  const capabilities = { iotEdge: true };
  let above: string[] = [];
  for (const deviceId of ["g1", "g2", "g3", "g4", "g5", "g6"]) {
    const { deviceScope } = await hub.registry.create({ deviceId, capabilities, parentScopes: above });
    above = [String(deviceScope)];
  }
  const g7 = hub.registry.create({ deviceId: "g7", capabilities, parentScopes: above });
  await expect(g7).rejects.toMatchObject({ code: "InvalidDeviceScope" });
  const scopeOfG3 = String(hub.registry.get("g3")?.deviceScope);
  await expect(hub.registry.update({ deviceId: "g1", parentScopes: [scopeOfG3] })).rejects.toMatchObject({
    code: "InvalidDeviceScope",
  });
});

test("the runtime's modules can be changed, but neither made nor removed", async () => {
  const { hub, registry } = await hubWithGateway();
  const { responseBody: agent } = await registry.getModule("gateway", "$edgeAgent");
  await registry.updateModule({ ...agent, authentication: {} });
  expect(hub.modules.get("gateway", "$edgeAgent")?.primaryKey).not.toBe(
    agent.authentication?.symmetricKey?.primaryKey,
  );
  const code = { "iothub-errorcode": "SystemModuleModifyUnauthorizedAccess" };
  const path = "/devices/gateway/modules/$edgeHub";
  const removed = await callRest({ hub, method: "DELETE", path, headers: { "if-match": "*" } });
  expect(removed).toMatchObject({ status: 401, headers: code });
  await hub.registry.create({ deviceId: "leaf" });
  const made = await callRest({ hub, method: "PUT", path: "/devices/leaf/modules/$edgeHub", body: {} });
  expect(made).toMatchObject({ status: 401, headers: code });
});

test("a device has 50 modules at most: 413 TooManyModulesOnDevice", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  for (let n = 0; n < 50; n += 1) await hub.modules.create({ deviceId: "dev1", moduleId: `mod${n}` });
  const make = (path: string) => callRest({ hub, method: "PUT", path, body: {} });
  expect(await make("/devices/dev1/modules/more")).toMatchObject({
    status: 413,
    headers: { "iothub-errorcode": "TooManyModulesOnDevice" },
  });
  expect((await make("/devices/dev1/modules/mod1")).status).toBe(409);
  expect((await make("/devices/dev2/modules/more")).status).toBe(200);
});
