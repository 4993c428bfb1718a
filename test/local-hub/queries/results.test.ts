import { expect, test } from "vitest";
import { HubError } from "../../../src/local-hub/hub-error.ts";
import { parseQuery } from "../../../src/local-hub/queries/query.ts";

const twin = (deviceId: string, tags: Record<string, unknown>, reported: Record<string, unknown> = {}) => ({
  deviceId,
  status: "enabled",
  tags,
  properties: { desired: {}, reported },
});

const B = twin("b", { site: "north", size: 2, group: 1 }, { firmware: { version: "1.2" } });
const A = twin("a", { site: "south", size: 4, mixed: 1 }, { firmware: { version: "1.1" } });
const C = twin("c", { site: "north", size: 9, mixed: "2" });
const D = twin("d", {});
const MODULE = { ...twin("a", { site: "south" }), moduleId: "m" };
const JOBS = [
  { jobId: "j2", deviceId: "a", jobType: "scheduleUpdateTwin", status: "completed" },
  { jobId: "j1", deviceId: "a", jobType: "scheduleDeviceMethod", status: "failed" },
];

const SOURCES = { devices: () => [B, A, C, D], modules: () => [MODULE], jobs: () => JOBS };

const run = (text: string) => parseQuery(text).run(SOURCES);

test("SELECT * gives whole twins, in the order of their ids", () => {
  expect(run("SELECT * FROM devices")).toEqual([A, B, C, D]);
  expect(run("select * from DEVICES where tags.site = 'north'")).toEqual([B, C]);
});

test("modules and the jobs of devices are collections of their own", () => {
  expect(run("SELECT * FROM devices.modules WHERE moduleId = 'm' AND devices.deviceId = 'a'")).toEqual([
    MODULE,
  ]);
  expect(run("SELECT * FROM devices.modules WHERE devices.modules.tags.site = 'south'")).toEqual([MODULE]);
  expect(run("SELECT deviceId, moduleId FROM devices.modules")).toEqual([{ deviceId: "a", moduleId: "m" }]);
  expect(run("SELECT * FROM devices.jobs")).toEqual([JOBS[1], JOBS[0]]);
  expect(
    run("SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = 'a' AND devices.jobs.status = 'completed'"),
  ).toEqual([JOBS[0]]);
});

test.each([
  ["SELECT * FROM devices", "twin"],
  ["SELECT * FROM devices.modules", "twin"],
  ["SELECT * FROM devices.jobs", "deviceJob"],
  ["SELECT deviceId FROM devices", "raw"],
  ["SELECT COUNT() AS n FROM devices", "raw"],
])("the items of %s are of type %s", (text, itemType) =>
  expect(parseQuery(text)).toMatchObject({ itemType }),
);

test.each<[string, unknown[]]>([
  ["SELECT DeviceId, Status FROM devices WHERE tags.size = 2", [{ deviceId: "b", status: "enabled" }]],
  [
    "SELECT deviceId AS id, tags.site AS where_ FROM devices WHERE deviceId = 'a'",
    [{ id: "a", where_: "south" }],
  ],
  [
    "SELECT properties.reported.firmware.version FROM devices",
    [{ version: "1.1" }, { version: "1.2" }, {}, {}],
  ],
  ["SELECT tags FROM devices WHERE devices.deviceId = 'd'", [{ tags: {} }]],
  ["SELECT tags.[[group]] AS [[group]] FROM devices WHERE deviceId = 'b'", [{ group: 1 }]],
  ["SELECT TOP 2 deviceId FROM devices WHERE deviceId != 'a'", [{ deviceId: "b" }, { deviceId: "c" }]],
  ["SELECT TOP 9 deviceId FROM devices WHERE deviceId = 'a'", [{ deviceId: "a" }]],
])("what a row shows is chosen; it leaves out what is not there: %s", (text, rows) =>
  expect(run(text)).toEqual(rows),
);

test("a column may have any name, even one that objects have of their own", () => {
  expect(JSON.stringify(run("SELECT TOP 1 deviceId AS __proto__ FROM devices"))).toBe('[{"__proto__":"a"}]');
});

test.each<[string, unknown[]]>([
  ["SELECT COUNT() AS total FROM devices", [{ total: 4 }]],
  ["SELECT COUNT() AS total FROM devices WHERE deviceId = 'nobody'", [{ total: 0 }]],
  [
    "SELECT SUM(tags.size) AS s, AVG(tags.size) AS a, MIN(tags.size) AS least, MAX(tags.size) AS most FROM devices",
    [{ s: 15, a: 5, least: 2, most: 9 }],
  ],
  ["SELECT MIN(deviceId) AS first, MAX(tags.site) AS last FROM devices", [{ first: "a", last: "south" }]],
  ["SELECT AVG(tags.site) AS a, SUM(tags.site) AS s, MAX(tags) AS m FROM devices", [{}]],
  ["SELECT SUM(tags.nothing) AS s, COUNT() AS n FROM devices", [{ n: 4 }]],
  ["SELECT MIN(tags.mixed) AS least, MAX(tags.mixed) AS most FROM devices", [{}]],
  [
    "SELECT tags.site AS site, COUNT() AS n FROM devices GROUP BY tags.site",
    [{ n: 1 }, { site: "north", n: 2 }, { site: "south", n: 1 }],
  ],
  [
    "SELECT COUNT() AS n, Status FROM devices WHERE tags.size > 2 GROUP BY status",
    [{ n: 2, status: "enabled" }],
  ],
  [
    "SELECT tags.site FROM devices WHERE IS_DEFINED(tags.site) GROUP BY tags.site",
    [{ site: "north" }, { site: "south" }],
  ],
  ["SELECT TOP 1 tags.site, MAX(tags.size) AS m FROM devices GROUP BY tags.site", [{}]],
  ["SELECT COUNT() AS n FROM devices WHERE deviceId = 'nobody' GROUP BY status", []],
])("aggregates: %s", (text, rows) => expect(run(text)).toEqual(rows));

test("groups keep values of different types apart", () => {
  const devices = () => ["1", 1, true, "true", null, 1].map((size, index) => twin(`d${index}`, { size }));
  const rows = parseQuery("SELECT tags.size, COUNT() AS n FROM devices GROUP BY tags.size").run({
    ...SOURCES,
    devices,
  });
  expect(rows).toHaveLength(5);
  expect(rows).toContainEqual({ size: 1, n: 2 });
  expect(rows).toContainEqual({ size: null, n: 1 });
});

test.each([
  ["", 1, "SELECT"],
  ["UPDATE devices", 1, "SELECT"],
  ["SELECT FROM devices", 8, "[[FROM]]"],
  ["SELECT * FROM", 14, "devices.modules or devices.jobs"],
  ["SELECT * FROM twins", 15, "devices.modules or devices.jobs"],
  ["SELECT * FROM devices.twins", 23, "modules or jobs"],
  ["SELECT * FROM devices d", 23, "WHERE"],
  ["SELECT * FROM devices JOIN devices.modules", 23, "WHERE"],
  ["SELECT *, deviceId FROM devices", 9, "FROM"],
  ["SELECT DISTINCT tags.site FROM devices", 17, "FROM"],
  ["SELECT TOP 0 * FROM devices", 12, "a whole number of rows"],
  ["SELECT TOP 1.5 * FROM devices", 12, "a whole number of rows"],
  ["SELECT TOP * FROM devices", 12, "a whole number of rows"],
  ["SELECT 1 AS one FROM devices", 8, "a property"],
  ["SELECT tags.a + 1 AS b FROM devices", 15, "FROM"],
  ["SELECT STARTSWITH(deviceId, 'a') AS b FROM devices", 8, "COUNT"],
  ["SELECT COUNT() FROM devices", 16, "AS and a name"],
  ["SELECT COUNT(*) AS n FROM devices", 14, '")"'],
  ["SELECT AVG() AS n FROM devices", 12, "a property"],
  ["SELECT tags.name, properties.reported.name FROM devices", 19, "the same name"],
  ["SELECT deviceId, COUNT() AS n FROM devices", 8, "GROUP BY"],
  ["SELECT deviceId FROM devices GROUP BY status", 8, "GROUP BY"],
  ["SELECT * FROM devices GROUP BY status", 8, "GROUP BY"],
  ["SELECT status FROM devices GROUP status", 34, "BY"],
  ["SELECT status FROM devices GROUP BY status, tags.a", 43, "one property"],
  ["SELECT status FROM devices.modules GROUP BY status", 36, "device twins only"],
  ["SELECT jobId FROM devices.jobs", 8, "SELECT *"],
  ["SELECT COUNT() AS n FROM devices.jobs", 8, "SELECT *"],
  ["SELECT * FROM devices.jobs WHERE devices.tags.a = 1", 34, "another collection"],
  ["SELECT * FROM devices.modules WHERE devices.tags.a = 1", 37, "another collection"],
  ["SELECT * FROM devices.modules WHERE devices.deviceId.x = 1", 37, "another collection"],
  ["SELECT * FROM devices WHERE devices.modules.moduleId = 'm'", 29, "another collection"],
  ["SELECT * FROM devices.jobs WHERE devices.jobs = 1", 34, "a property of the collection"],
  ["SELECT * FROM devices ORDER BY deviceId", 23, "no ORDER BY"],
  ["SELECT * FROM devices WHERE deviceId = 'a' ORDER BY deviceId", 44, "no ORDER BY"],
  ["SELECT * FROM devices WHERE", 28, "a property"],
  ["SELECT * FROM devices -- all", 23, "WHERE"],
])("%j is refused at character %i, in words: %s", (text, position, words) => {
  expect(() => parseQuery(text)).toThrow(HubError);
  expect(() => parseQuery(text)).toThrow(`at character ${position}: `);
  expect(() => parseQuery(text)).toThrow(words);
});

test("groups of what cannot be compared are refused when they are met", () => {
  const query = parseQuery("SELECT tags, COUNT() AS n FROM devices GROUP BY tags");
  expect(() => query.run(SOURCES)).toThrow(HubError);
});
