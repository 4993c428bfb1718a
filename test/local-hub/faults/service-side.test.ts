import { once } from "node:events";
import { request } from "node:https";
import { expect, test } from "vitest";
import { faultRoutes } from "../../../src/local-hub/faults/routes.ts";
import type { FaultDescription, LocalHub } from "../../../src/local-hub/index.ts";
import { registryClient, serviceClient } from "../support/clients.ts";
import { startTestHub } from "../support/hub.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callMethod, callRest, ownerToken } from "../support/rest.ts";
import { keyIn, makeToken } from "../support/token.ts";

test("a call is answered with an error of the service, in the service's words, and not done", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "answer-error", code: "ServiceUnavailable", method: "DELETE", deviceId: "dev1" });
  const headers = { "if-match": "*" };
  const answer = await callRest({ hub, method: "DELETE", path: "/devices/dev1", headers });
  expect(answer.status).toBe(503);
  expect(answer.headers["iothub-errorcode"]).toBe("ServiceUnavailable");
  expect(answer.json()).toEqual({
    Message: expect.stringMatching(/^ErrorCode:ServiceUnavailable;/),
    ExceptionMessage: expect.stringContaining("Tracking ID:"),
  });
  expect((await callRest({ hub, path: "/devices/dev1" })).status).toBe(200);
  expect(await seen("fault-struck")).toMatchObject({ at: "rest-request", deviceId: "dev1" });
});

test("an error after the work is done: what a caller must be ready for", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "answer-error", code: "ServerError", when: "after", path: "/devices/", count: 1 });
  const headers = { "if-match": "*" };
  const first = await callRest({ hub, method: "DELETE", path: "/devices/dev1", headers });
  expect(first.status).toBe(500);
  const second = await callRest({ hub, method: "DELETE", path: "/devices/dev1", headers });
  expect(second.status).toBe(404);
});

test("throttled calls are a ThrottlingError of the SDK", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "throttle", path: "/twins/" });
  const call = { methodName: "any", payload: {} };
  await expect(serviceClient(hub).invokeDeviceMethod("dev1", call)).rejects.toMatchObject({
    name: "ThrottlingError",
  });
  const { headers } = await callMethod({ hub, deviceId: "dev1", methodName: "any" });
  expect(headers["retry-after"]).toBe("1");
  expect((await registryClient(hub).get("dev1")).responseBody.deviceId).toBe("dev1");
});

test.each<[string, FaultDescription, string]>([
  ["before anything is done", { kind: "drop-connection", at: "rest-request" }, "socket hang up"],
  ["before the answer", { kind: "drop-connection", at: "rest-answer" }, "socket hang up"],
])("the socket drops %s", async (_, fault, expected) => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ ...fault, count: 1 } as FaultDescription);
  await expect(callRest({ hub, path: "/devices/dev1" })).rejects.toThrow(expected);
  expect((await callRest({ hub, path: "/devices/dev1" })).status).toBe(200);
});

test("the socket drops in the middle of an answer, whose head and half of whose body have come", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "drop-connection", at: "rest-answer", when: "middle", count: 1 });
  const { text, headers } = await readUntilCut(hub);
  expect(text.length).toBe(Math.floor(Number(headers["content-length"]) / 2));
});

test("a request or an answer is late, or waits until the fault is over", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "delay", at: "rest-answer", by: 80, count: 1 });
  const sent = performance.now();
  await callRest({ hub, path: "/devices/dev1" });
  expect(performance.now() - sent).toBeGreaterThan(75);

  const stall = hub.faults.add({ kind: "stall", at: "rest-request", deviceId: "dev1" });
  const stalled = callRest({ hub, path: "/devices/dev1" });
  await stall.hasStruck();
  expect((await callRest({ hub, path: "/devices" })).status).toBe(200);
  stall.remove();
  expect((await stalled).status).toBe(200);
});

test("faults by HTTP: put, listed, taken back, and out of their own reach", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const path = "/hubhand/faults";
  const body = { kind: "answer-error", code: "ServerError", for: "5m" };
  const put = await callRest({ hub, method: "PUT", path: `${path}/broken`, body });
  expect(put.json()).toEqual({ ...body, id: "broken", for: 300_000, struck: 0 });
  expect((await callRest({ hub, path: "/devices" })).status).toBe(500);
  expect((await callRest({ hub, path: `${path}/broken` })).json()).toMatchObject({ struck: 1 });
  // Without an api-version: these are of no version of the service.
  expect((await callRest({ hub, method: "DELETE", path: `${path}/broken?` })).status).toBe(204);
  expect((await callRest({ hub, method: "DELETE", path: `${path}/broken` })).status).toBe(404);
  expect((await callRest({ hub, path: "/devices" })).status).toBe(200);

  const added = await callRest({ hub, method: "POST", path, body: { kind: "delay", by: "1ms" } });
  expect([added.status, added.headers.location]).toEqual([201, `${path}/${added.json().id}`]);
  expect(hub.faults.list()).toMatchObject([{ kind: "delay", by: 1 }]);

  const faults = [
    { kind: "stall", at: "connack" },
    { kind: "refuse-login", id: "no-way" },
  ];
  const all = await callRest({ hub, method: "PUT", path, body: { faults } });
  expect(all.json()).toEqual({
    faults: [
      { ...faults[0], id: "fault-2", struck: 0 },
      { ...faults[1], struck: 0 },
    ],
  });
  const wrong = await callRest({ hub, method: "PUT", path, body: { faults: [{ kind: "stal" }] } });
  expect(wrong.status).toBe(400);
  expect(wrong.json().Message).toContain('did you mean "stall"?');
  expect(hub.faults.list()).toHaveLength(2);
  expect((await callRest({ hub, method: "DELETE", path })).status).toBe(204);
  expect(hub.faults.list()).toEqual([]);
});

test("what is over at once answers with how often it struck", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  const path = "/hubhand/faults/now";
  const answer = await callRest({ hub, method: "PUT", path, body: { kind: "expire-tokens" } });
  await device.closed;
  expect(answer.json()).toEqual({ kind: "expire-tokens", id: "now", struck: 1 });
});

test("only who may call devices may break things for them", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const path = "/hubhand/faults";
  expect(new Set(faultRoutes(hub).map(({ right }) => right))).toEqual(new Set(["ServiceConnect"]));
  expect((await callRest({ hub, path, authorization: null })).status).toBe(401);
  const key = keyIn(hub.deviceConnectionString("dev1"));
  const authorization = makeToken({ resource: "localhost/devices/dev1", key });
  expect((await callRest({ hub, path, authorization })).status).toBe(401);
  expect((await callRest({ hub, path })).json()).toEqual({ faults: [] });
});

test("a fault of a device leaves the calls to others alone", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "m1" });
  hub.faults.add({ kind: "throttle", deviceId: "dev1", moduleId: "m1" });
  const path = "/twins/dev1/modules/m1/methods";
  expect((await callRest({ hub, method: "POST", path, body: { methodName: "any" } })).status).toBe(429);
  for (const deviceId of ["dev1", "dev2"]) {
    expect((await callMethod({ hub, deviceId, methodName: "any" })).status).toBe(404);
  }
});

async function readUntilCut(hub: LocalHub) {
  const { httpsPort: port, ca } = hub;
  const sent = request({
    host: "127.0.0.1",
    servername: "localhost",
    port,
    ca,
    agent: false,
    path: "/devices/dev1?api-version=2021-04-12",
    headers: { authorization: ownerToken(hub) },
  });
  sent.end();
  const [response] = await once(sent, "response");
  let text = "";
  response.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  const [error] = await once(response, "error");
  expect(error.code).toBe("ECONNRESET");
  return { text, headers: response.headers };
}
