import { globalAgent } from "node:https";
import { DigitalTwinClient, IoTHubTokenCredentials } from "azure-iothub";
import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callRest } from "./support/rest.ts";

/** Microsoft's client, unmodified: it takes a port, and trusts what this process trusts. */
function digitalTwinClient(hub: LocalHub): DigitalTwinClient {
  globalAgent.options.ca = hub.ca;
  return new DigitalTwinClient(new IoTHubTokenCredentials(hub.serviceConnectionString));
}

async function hubAndDevice() {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  return { hub, device, client: digitalTwinClient(hub) };
}

test("Microsoft's digital twin client calls a command: the reply is the body, its status a header", async () => {
  const { client, device } = await hubAndDevice();
  const answer = client.invokeCommand("dev1", "reboot", { delay: 5 });
  const call = await device.nextCall();
  expect(call.topic).toContain("/POST/reboot/?");
  expect(JSON.parse(call.payload)).toEqual({ delay: 5 });
  call.reply(202, '{"in":5}');
  expect(await answer).toMatchObject({
    body: { in: 5 },
    xMsCommandStatuscode: 202,
    xMsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test("a command of a component is the method component*command; its argument may be plain text", async () => {
  const { client, device } = await hubAndDevice();
  const answer = client.invokeComponentCommand("dev1", "thermostat1", "getMaxMinReport", "since");
  const call = await device.nextCall();
  expect(decodeURIComponent(call.topic)).toContain("/POST/thermostat1*getMaxMinReport/?");
  expect(call.payload).toBe('"since"');
  call.reply(200, '{"max":21}');
  expect(await answer).toMatchObject({ body: { max: 21 }, xMsCommandStatuscode: 200 });
});

test.each([
  ["an unknown device", "/digitaltwins/dev9/commands/c", 404, "DeviceNotFound"],
  ["a device that is not connected", "/digitaltwins/dev2/commands/c", 404, "DeviceNotOnline"],
  [
    "a time-out that is too short",
    "/digitaltwins/dev1/commands/c?responseTimeoutInSeconds=4",
    400,
    "ArgumentInvalid",
  ],
  [
    "a time-out that is too long",
    "/digitaltwins/dev1/commands/c?connectTimeoutInSeconds=301",
    400,
    "ArgumentInvalid",
  ],
  [
    "a time-out that is no number",
    "/digitaltwins/dev1/commands/c?connectTimeoutInSeconds=1e1",
    400,
    "ArgumentInvalid",
  ],
])("%s: %s is %i %s", async (_what, path, status, code) => {
  const { hub } = await hubAndDevice();
  await hub.registry.create({ deviceId: "dev2" });
  const query = path.includes("?") ? "&api-version=2021-04-12" : "";
  const answer = await callRest({ hub, method: "POST", path: `${path}${query}`, body: null });
  expect(answer).toMatchObject({ status, headers: { "iothub-errorcode": code } });
});

test("an argument that is no JSON is refused, none at all is null", async () => {
  const { hub, device } = await hubAndDevice();
  const path = "/digitaltwins/dev1/commands/c";
  expect(await callRest({ hub, method: "POST", path, body: "{" })).toMatchObject({
    status: 400,
    headers: { "iothub-errorcode": "IotHubFormatError" },
  });
  const answer = callRest({ hub, method: "POST", path });
  const call = await device.nextCall();
  expect(call.payload).toBe("null");
  call.reply(200, "[]");
  expect((await answer).text).toBe("[]");
});

test("who waits for the device to connect may say so", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const path = "/digitaltwins/dev1/commands/c?connectTimeoutInSeconds=20&api-version=2021-04-12";
  const answer = callRest({ hub, method: "POST", path });
  await seen("method-waiting");
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  (await device.nextCall()).reply(200, "{}");
  expect(await answer).toMatchObject({ status: 200, headers: { "x-ms-command-statuscode": "200" } });
});

test("it reads a digital twin, and patches what is desired of it", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const client = digitalTwinClient(hub);
  hub.twins.report("dev1", {
    serialNumber: "7",
    thermostat1: { __t: "c", targetTemperature: { value: 20, ac: 200, av: 1, ad: "done" } },
  });
  await client.updateDigitalTwin("dev1", [{ op: "add", path: "/thermostat1/targetTemperature", value: 21 }]);
  expect(hub.twins.forDevice("dev1").desired).toEqual({
    thermostat1: { __t: "c", targetTemperature: 21 },
    $version: 2,
  });
  await seen("desired-changed");
  const twin = await client.getDigitalTwin("dev1");
  const etag = `"${hub.twins.get("dev1").etag}"`;
  expect(twin).toMatchObject({
    $dtId: "dev1",
    serialNumber: "7",
    thermostat1: {
      targetTemperature: 20,
      $metadata: {
        targetTemperature: { desiredValue: 21, desiredVersion: 2, ackVersion: 1, ackCode: 200 },
      },
    },
    _response: { parsedHeaders: { eTag: etag } },
  });
  const remove = [{ op: "remove", path: "/thermostat1" }];
  await expect(client.updateDigitalTwin("dev1", remove, '"AAAA"')).rejects.toMatchObject({ statusCode: 412 });
  await client.updateDigitalTwin("dev1", remove, etag);
  expect(hub.twins.forDevice("dev1").desired).toEqual({ $version: 3 });
});

test.each([
  ["GET", "dev9", undefined, 404, "DeviceNotFound"],
  ["PATCH", "dev9", [], 404, "DeviceNotFound"],
  ["PATCH", "dev1", "{", 400, "IotHubFormatError"],
  ["PATCH", "dev1", {}, 400, "InvalidDigitalTwinJsonPatch"],
])("%s of the digital twin %s with %j is %i %s", async (method, id, body, status, code) => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const answer = await callRest({ hub, method, path: `/digitaltwins/${id}`, body });
  expect(answer).toMatchObject({ status, headers: { "iothub-errorcode": code } });
});

test("the model is the one that the device named at its login", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const userName = `localhost/dev1/?api-version=2021-04-12&model-id=${encodeURIComponent("dtmi:com:a;1")}`;
  await connectRawDevice({ hub, deviceId: "dev1", userName });
  const twin = (await callRest({ hub, path: "/digitaltwins/dev1" })).json();
  expect(twin).toEqual({ $dtId: "dev1", $metadata: { $model: "dtmi:com:a;1" } });
});
