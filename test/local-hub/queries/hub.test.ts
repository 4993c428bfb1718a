import iothub, { type Registry } from "azure-iothub";
import { beforeAll, expect, test } from "vitest";
import { leadToHub, startLocalHub } from "../../../src/local-hub/index.ts";

let registry: Registry;

beforeAll(async () => {
  const hub = await startLocalHub();
  registry = leadToHub(iothub.Registry.fromConnectionString(hub.serviceConnectionString), hub);
  for (let n = 0; n < 25; n++) {
    const deviceId = `dev${String(n).padStart(2, "0")}`;
    await hub.registry.create({ deviceId, status: n % 5 === 0 ? "disabled" : "enabled" });
    hub.twins.patch(deviceId, { tags: { floor: n % 3 }, properties: { desired: { rate: n } } });
    hub.twins.report(deviceId, { firmware: { version: n < 10 ? "1.0" : "2.0" } });
  }
  await hub.modules.create({ deviceId: "dev00", moduleId: "mod1" });
  return () => hub.stop();
});

async function idsOf(condition: string, pageSize = 100): Promise<string[]> {
  const query = registry.createQuery(`SELECT * FROM devices WHERE ${condition}`, pageSize);
  const ids: string[] = [];
  while (query.hasMoreResults) for (const twin of (await query.nextAsTwin()).result) ids.push(twin.deviceId);
  return ids;
}

test("the unmodified SDK finds devices by tags, properties, status and connection", async () => {
  expect(await idsOf("tags.floor = 1 AND properties.reported.firmware.version = '1.0'")).toEqual([
    "dev01",
    "dev04",
    "dev07",
  ]);
  expect(await idsOf("status = 'disabled' AND properties.desired.rate >= 15")).toEqual(["dev15", "dev20"]);
  expect(await idsOf("STARTSWITH(deviceId, 'dev2') AND NOT deviceId IN ['dev20', 'dev21']")).toEqual([
    "dev22",
    "dev23",
    "dev24",
  ]);
  expect(await idsOf("connectionState = 'Connected'")).toEqual([]);
});

test("it is given page after page, and the same devices as in one", async () => {
  const all = await idsOf("deviceId != 'dev03'");
  expect(all).toHaveLength(24);
  expect(await idsOf("deviceId != 'dev03'", 7)).toEqual(all);
});

test("counts, fields and modules", async () => {
  const rows = async (sql: string) => (await registry.createQuery(sql).next()).result;
  expect(await rows("SELECT COUNT() AS n FROM devices WHERE tags.floor = 0")).toEqual([{ n: 9 }]);
  expect(
    await rows("SELECT deviceId, tags.floor AS floor FROM devices WHERE properties.desired.rate = 8"),
  ).toEqual([{ deviceId: "dev08", floor: 2 }]);
  expect(await rows("SELECT * FROM devices.modules")).toMatchObject([
    { deviceId: "dev00", moduleId: "mod1" },
  ]);
});

test("what it cannot answer it refuses, and says where", async () => {
  const refused = registry.createQuery("SELECT * FROM devices WHERE tags.floor LIKE 1").next();
  await expect(refused).rejects.toMatchObject({
    name: "ArgumentError",
    message: expect.stringContaining("at character 40: expected"),
  });
});
