import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/local-hub/index.ts";
import { twinRoutes } from "../../../src/local-hub/service-face/twins.ts";
import { startTestHub } from "../support/hub.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callRest } from "../support/rest.ts";
import { ANSWERS, answerOf, DESIRED, listener, report, twin } from "./support/bare-twin.ts";

const NOW = Date.parse("2026-11-29T08:00:00.000Z");

test("a new device's twin is what the service makes, at the REST API and at the device", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"], now: () => NOW });
  const { status, headers, json } = await twin(hub, "GET");
  expect({ status, etag: headers.etag }).toEqual({ status: 200, etag: '"AAAAAAAAAAE="' });
  const section = { $metadata: { $lastUpdated: "2026-11-29T08:00:00.000Z" }, $version: 1 };
  expect(json()).toEqual({
    deviceId: "dev1",
    etag: "AAAAAAAAAAE=",
    deviceEtag: hub.registry.get("dev1")?.etag,
    status: "enabled",
    statusUpdateTime: "0001-01-01T00:00:00Z",
    connectionState: "Disconnected",
    lastActivityTime: "0001-01-01T00:00:00Z",
    cloudToDeviceMessageCount: 0,
    authenticationType: "sas",
    x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    modelId: "",
    version: 2,
    properties: { desired: section, reported: section },
    capabilities: { iotEdge: false },
  });
  const device = await listener(hub);
  device.publish("$iothub/twin/GET/?$rid=1", " ");
  expect(await answerOf(device)).toEqual({
    topic: "$iothub/twin/res/200/?$rid=1",
    body: { desired: { $version: 1 }, reported: { $version: 1 } },
  });
});

test("metadata tells of each property when it last changed, and of desired ones in which version", async () => {
  let now = NOW;
  const { hub } = await startTestHub({ devices: ["dev1"], now: () => now });
  const desired = (properties: JsonObject) => twin(hub, "PATCH", { properties: { desired: properties } });
  await desired({ a: { b: 1, c: 1 }, d: [1], e: 1 });
  now += 1000;
  hub.twins.report("dev1", { a: { b: 1 } });
  const { json } = await desired({ a: { c: 2 }, e: null });
  const first = { $lastUpdated: "2026-11-29T08:00:00.000Z", $lastUpdatedVersion: 2 };
  const second = { $lastUpdated: "2026-11-29T08:00:01.000Z", $lastUpdatedVersion: 3 };
  const third = { $lastUpdated: "2026-11-29T08:00:01.000Z" };
  expect(json().properties).toEqual({
    desired: {
      a: { b: 1, c: 2 },
      d: [1],
      $metadata: { ...second, a: { ...second, b: first, c: second }, d: first },
      $version: 3,
    },
    reported: { a: { b: 1 }, $metadata: { ...third, a: { ...third, b: third } }, $version: 2 },
  });
});

test("reports and desired properties over bare MQTT: 204 with the version, then a push with the same in topic and body", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await listener(hub);
  report(device, "$rid=a1", '{"x":{"y":1}}');
  expect(await answerOf(device)).toEqual({ topic: "$iothub/twin/res/204/?$rid=a1&$version=2", body: "" });
  report(device, "$rid=a2&$version=2", '{"x":{"y":1}}');
  expect(await answerOf(device)).toEqual({ topic: "$iothub/twin/res/204/?$rid=a2&$version=3", body: "" });
  report(device, "$rid=a3&$version=2", '{"x":null}');
  expect(await answerOf(device)).toMatchObject({
    topic: "$iothub/twin/res/412/?$rid=a3",
    body: { errorCode: 412001 },
  });
  hub.twins.patch("dev1", { properties: { desired: { a: 1, b: { c: 1 }, none: null } } });
  expect(await answerOf(device)).toEqual({
    topic: "$iothub/twin/PATCH/properties/desired/?$version=2",
    body: { a: 1, b: { c: 1 }, $version: 2 },
  });
  hub.twins.replace("dev1", { properties: { desired: { a: 1, b: {}, d: 2 } } });
  expect(await answerOf(device)).toEqual({
    topic: "$iothub/twin/PATCH/properties/desired/?$version=3",
    body: { a: 1, b: { c: null }, d: 2, $version: 3 },
  });
  expect(await seen("desired-changed", { count: 2 })).toMatchObject({ version: 3, told: true });
});

test.each([
  ["no JSON", "{", 400, 400006],
  ["no UTF-8", Buffer.from('{"a":"\xff"}', "latin1"), 400, 400006],
  ["nothing", "", 400, 400006],
  ["an array", "[]", 400, 400004],
  ["a forbidden name", '{"$x":1}', 400, 400004],
  ["null", "null", 400, 400004],
])(
  "a report of %s is answered with an error, and the device stays connected",
  async (_what, payload, status, errorCode) => {
    const { hub } = await startTestHub({ devices: ["dev1"] });
    const device = await listener(hub);
    report(device, "$rid=1", payload);
    const { topic, body } = await answerOf(device);
    expect(topic).toBe(`$iothub/twin/res/${status}/?$rid=1`);
    expect(body).toEqual({
      errorCode,
      trackingId: expect.any(String),
      message: expect.any(String),
      timestampUtc: expect.any(String),
    });
    await device.ping();
    expect(hub.twins.forDevice("dev1").reported).toEqual({ $version: 1 });
  },
);

test("who did not subscribe hears neither answers nor changes, and changes are not kept for who is away", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  report(device, "$rid=1", '{"a":1}');
  await seen("twin-reported");
  hub.twins.patch("dev1", { properties: { desired: { b: 1 } } });
  expect(await seen("desired-changed")).toMatchObject({ version: 2, told: false });
  await device.subscribe([ANSWERS, DESIRED]);
  device.publish("$iothub/twin/GET/?$rid=2", "");
  expect((await answerOf(device)).topic).toBe("$iothub/twin/res/200/?$rid=2");
  device.destroy();
  await seen("disconnected");
  hub.twins.patch("dev1", { properties: { desired: { b: 2 } } });
  expect(await seen("desired-changed", { count: 2 })).toMatchObject({ told: false });
  // Its session is kept: it is subscribed without saying so again.
  const again = await connectRawDevice({ hub, deviceId: "dev1" });
  expect(again.sessionPresent).toBe(true);
  again.publish("$iothub/twin/GET/?$rid=3", "");
  expect(await answerOf(again)).toEqual({
    topic: "$iothub/twin/res/200/?$rid=3",
    body: { desired: { b: 2, $version: 3 }, reported: { a: 1, $version: 2 } },
  });
});

test("a change that changes nothing is not told, and leaves versions and etag as they are", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await listener(hub);
  hub.twins.patch("dev1", { tags: { t: 1 }, properties: { desired: { a: { b: 1 } } } });
  await answerOf(device);
  const before = hub.twins.get("dev1");
  for (const desired of [{ a: {} }, { a: { x: null } }, { y: null }, {}]) {
    expect(hub.twins.patch("dev1", { tags: { z: null }, properties: { desired } })).toEqual({ ...before });
  }
  hub.twins.patch("dev1", { tags: { t: 2 } });
  hub.twins.patch("dev1", { properties: { desired: { a: { b: 1 } } } });
  expect(await answerOf(device)).toMatchObject({ body: { a: { b: 1 }, $version: 3 } });
});

test("a back end may send a whole twin back: what is not its own to change is passed over", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.twins.report("dev1", { a: 1 });
  hub.twins.patch("dev1", { tags: { t: 1 }, properties: { desired: { d: 1 } } });
  const document = (await twin(hub, "GET")).json();
  const answer = await twin(hub, "PUT", document, { "if-match": `W/"${document.etag}"` });
  expect(answer).toMatchObject({ status: 200, headers: { etag: '"AAAAAAAAAAM="' } });
  expect(hub.twins.get("dev1")).toMatchObject({
    tags: { t: 1 },
    version: 5,
    properties: { desired: { d: 1, $version: 3 }, reported: { a: 1, $version: 2 } },
  });
});

test.each<[string, string, string, unknown, number, string]>([
  ["GET", "an unknown device", "/twins/dev2", undefined, 404, "DeviceNotFound"],
  ["PATCH", "an unknown device", "/twins/dev2", {}, 404, "DeviceNotFound"],
  ["GET", "an unknown module", "/twins/dev1/modules/mod2", undefined, 404, "ModuleNotFound"],
  ["PATCH", "no JSON", "/twins/dev1", "{", 400, "IotHubFormatError"],
  ["PATCH", "tags that are a text", "/twins/dev1", { tags: "x" }, 400, "ArgumentInvalid"],
  ["PUT", "properties that are a text", "/twins/dev1", { properties: "x" }, 400, "ArgumentInvalid"],
  [
    "PUT",
    "desired properties that are an array",
    "/twins/dev1",
    { properties: { desired: [] } },
    400,
    "ArgumentInvalid",
  ],
  ["PATCH", "another device's id", "/twins/dev1", { deviceId: "dev2" }, 400, "ArgumentInvalid"],
  [
    "PATCH",
    "tags of more than 8 KB",
    "/twins/dev1",
    { tags: { a: ["x".repeat(4096), "x".repeat(4096)] } },
    403,
    "DeviceModelMaxPropertiesExceeded",
  ],
])("%s with %s", async (method, _what, path, body, status, code) => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const answer = await callRest({ hub, method, path, body });
  expect(answer).toMatchObject({ status, headers: { "iothub-errorcode": code } });
  expect(answer.json().Message).toMatch(`ErrorCode:${code};`);
  expect(hub.twins.get("dev1").version).toBe(2);
});

test("twins are for policies with the right ServiceConnect", async () => {
  const { hub } = await startTestHub();
  const rights = twinRoutes(hub).map(({ right }) => right);
  expect(rights).toEqual(Array(6).fill("ServiceConnect"));
});

test("a twin names the model that its device named at its last login that named one", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const login = (query: string) =>
    connectRawDevice({ hub, deviceId: "dev1", userName: `localhost/dev1/?api-version=2021-04-12${query}` });
  await login("&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1&DeviceClientType=x");
  expect(hub.twins.get("dev1")).toMatchObject({ modelId: "dtmi:com:example:Thermostat;1", version: 2 });
  await login("");
  expect(hub.twins.get("dev1").modelId).toBe("dtmi:com:example:Thermostat;1");
  await login("&model-id=dtmi:com:example:Thermostat;2");
  expect(hub.twins.get("dev1").modelId).toBe("dtmi:com:example:Thermostat;2");
});

test("twins are made with their identity and go with it; one made again is fresh", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  for (const clientId of ["dev1", "dev1/mod1"]) hub.twins.patch(clientId, { tags: { a: 1 } });
  await hub.registry.update({ deviceId: "dev1", status: "disabled", statusReason: "rest" });
  expect(hub.twins.get("dev1/mod1")).toMatchObject({
    status: "disabled",
    statusReason: "rest",
    tags: { a: 1 },
  });
  expect(hub.twins.get("dev1").deviceEtag).not.toBe(hub.twins.get("dev1/mod1").deviceEtag);
  await hub.registry.delete("dev1");
  expect(() => hub.twins.get("dev1")).toThrow("dev1");
  expect(() => hub.twins.report("dev1/mod1", {})).toThrow("dev1/mod1");
  expect([...hub.twins.documents("devices"), ...hub.twins.documents("modules")]).toEqual([]);
  await hub.registry.create({ deviceId: "dev1" });
  expect(hub.twins.get("dev1")).not.toHaveProperty("tags");
});
