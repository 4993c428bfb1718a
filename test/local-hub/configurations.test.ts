import type { Registry } from "azure-iothub";
import { expect, onTestFinished, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { connectDevice, registryClient } from "./support/clients.ts";
import { startTestHub, temporaryFolder } from "./support/hub.ts";

type Given = Parameters<Registry["addConfiguration"]>[0];

const configuration = (id: string, given: Partial<Given> = {}): Given =>
  ({
    id,
    schemaVersion: "1.0",
    targetCondition: "tags.ring = 'canary'",
    priority: 10,
    content: { deviceContent: { "properties.desired.meter": { seconds: 5, unit: "l" } } },
    ...given,
  }) as Given;

async function scene() {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  hub.twins.patch("dev1", { tags: { ring: "canary" } });
  const registry = registryClient(hub);
  const desiredOf = (id: string) => {
    const { $version: _, ...values } = hub.twins.forDevice(id).desired;
    return values;
  };
  const counted = async (id: string) =>
    (await registry.getConfiguration(id)).responseBody as Given & { etag: string };
  return { hub, seen, registry, desiredOf, counted };
}

test("a configuration is applied to those that it fits, and to whoever fits later; its metrics count", async () => {
  const { hub, registry, desiredOf, counted } = await scene();
  const queries = {
    taken:
      "SELECT deviceId FROM devices WHERE configurations.[[c1]].status = 'Applied' AND properties.reported.meter.ac = 200",
  };
  await registry.addConfiguration(configuration("c1", { metrics: { queries } }));
  expect(desiredOf("dev1")).toEqual({ meter: { seconds: 5, unit: "l" } });
  expect(desiredOf("dev2")).toEqual({});
  expect(hub.twins.get("dev1").configurations).toEqual({ c1: { status: "Applied" } });

  hub.twins.patch("dev2", { tags: { ring: "canary" } });
  expect(desiredOf("dev2")).toEqual(desiredOf("dev1"));
  hub.twins.report("dev2", { meter: { ac: 200 } });
  expect(await counted("c1")).toMatchObject({
    systemMetrics: { results: { targetedCount: 2, appliedCount: 2 } },
    metrics: { results: { taken: 1 } },
  });
});

test("a connected device is told, and a new one has it from the start", async () => {
  const { hub, seen, registry, desiredOf } = await scene();
  const device = await connectDevice({ hub, deviceId: "dev1" });
  onTestFinished(() => device.close().then(() => undefined));
  const twin = await device.getTwin();
  twin.on("properties.desired", () => {});
  await seen("subscribed");
  await registry.addConfiguration(configuration("c1", { targetCondition: "*" }));
  const fits = ({ deviceId }: { deviceId: string }) => deviceId === "dev1";
  expect(await seen("desired-changed", { fits })).toMatchObject({ version: 2, told: true });
  await hub.registry.create({ deviceId: "dev3" });
  expect(desiredOf("dev3")).toEqual(desiredOf("dev1"));
});

test("of two that fit the one with the higher priority counts; what it has set goes with it, and what others set stays", async () => {
  const { hub, registry, desiredOf } = await scene();
  hub.twins.patch("dev1", { properties: { desired: { logLevel: "debug" } } });
  await registry.addConfiguration(configuration("c1"));
  const content = {
    deviceContent: { "properties.desired.meter.seconds": 9, "properties.desired.heartbeatInterval": "1m" },
  };
  await registry.addConfiguration(configuration("c2", { priority: 20, content }));
  expect(desiredOf("dev1")).toEqual({ logLevel: "debug", meter: { seconds: 9 }, heartbeatInterval: "1m" });
  expect(hub.twins.get("dev1").configurations).toEqual({
    c2: { status: "Applied" },
    c1: { status: "Targeted" },
  });
  await registry.removeConfiguration("c2");
  expect(desiredOf("dev1")).toEqual({ logLevel: "debug", meter: { seconds: 5, unit: "l" } });
  hub.twins.patch("dev1", { tags: { ring: "all" } });
  expect(desiredOf("dev1")).toEqual({ logLevel: "debug" });
  expect(hub.twins.get("dev1")).not.toHaveProperty("configurations");
});

test("its condition and priority change by its etag, its content does not", async () => {
  const { registry, desiredOf, counted } = await scene();
  await registry.addConfiguration(configuration("c1"));
  const { etag } = await counted("c1");
  await registry.updateConfiguration(configuration("c1", { etag, targetCondition: "deviceId = 'dev2'" }));
  expect([desiredOf("dev1"), desiredOf("dev2")]).toEqual([{}, { meter: { seconds: 5, unit: "l" } }]);
  const stale = registry.updateConfiguration(configuration("c1", { etag }));
  await expect(stale).rejects.toMatchObject({ response: { statusCode: 412 } });
  const content = { deviceContent: { "properties.desired.meter": 1 } };
  const other = registry.updateConfiguration(configuration("c1", { content }), true);
  await expect(other).rejects.toMatchObject({ response: { statusCode: 400 } });
  await expect(registry.addConfiguration(configuration("c1"))).rejects.toMatchObject({
    response: { statusCode: 412 },
  });
});

test.each<[string, number, Partial<Given>]>([
  ["a condition that cannot be read", 400, { targetCondition: "tags.ring =" }],
  ["a negative priority", 400, { priority: -1 }],
  [
    "a path outside of desired properties",
    400,
    { content: { deviceContent: { "tags.ring": "x" } } as never },
  ],
  ["a metric that cannot be read", 400, { metrics: { queries: { m: "SELECT" } } }],
  ["content for modules", 403, { content: { modulesContent: { $edgeAgent: {} } } }],
  ["a condition on modules", 403, { targetCondition: "FROM devices.modules WHERE tags.a = 1" }],
])("%s is refused with %i, and nothing is kept", async (_what, status, given) => {
  const { registry } = await scene();
  await expect(registry.addConfiguration(configuration("c1", given))).rejects.toMatchObject({
    response: { statusCode: status },
  });
  expect((await registry.getConfigurations()).responseBody).toEqual([]);
});

test("a device whose twin has no room for it is left as it is", async () => {
  const { hub, registry, counted } = await scene();
  const much = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`k${n}`, "x".repeat(4000)]));
  hub.twins.patch("dev1", { properties: { desired: much } });
  const content = { deviceContent: { "properties.desired.more": "y".repeat(4000) } };
  await registry.addConfiguration(configuration("c1", { content }));
  expect(hub.twins.get("dev1").configurations).toEqual({ c1: { status: "Targeted" } });
  expect((await counted("c1")).systemMetrics?.results).toEqual({ targetedCount: 1, appliedCount: 0 });
});

test("with a data folder it is kept, and a device that left meanwhile is known to have had it", async () => {
  const dataDirectory = await temporaryFolder();
  const first = await startLocalHub({ dataDirectory });
  await first.registry.create({ deviceId: "dev1" });
  await registryClient(first).addConfiguration(configuration("c1", { targetCondition: "*" }));
  await first.stop();
  const { hub } = await startTestHub({ dataDirectory });
  expect(hub.twins.get("dev1").configurations).toEqual({ c1: { status: "Applied" } });
  await registryClient(hub).removeConfiguration("c1");
  expect(hub.twins.forDevice("dev1").desired).toEqual({ $version: 3 });
});
