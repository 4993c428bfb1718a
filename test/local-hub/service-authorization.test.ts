import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { callRest, ownerToken } from "./support/rest.ts";
import { keyIn, makeToken } from "./support/token.ts";

const ownerKey = (hub: LocalHub) => keyIn(hub.serviceConnectionString);

test.each<[string, string, (hub: LocalHub) => string | null]>([
  ["no Authorization header", "IotHubUnauthorized", () => null],
  ["another scheme", "IotHubUnauthorizedAccess", () => "Bearer abc"],
  [
    "a wrong key",
    "IotHubUnauthorizedAccess",
    () =>
      makeToken({
        resource: "localhost",
        key: Buffer.alloc(32).toString("base64"),
        policyName: "iothubowner",
      }),
  ],
  [
    "a policy that does not exist",
    "IotHubUnauthorizedAccess",
    (hub) => makeToken({ resource: "localhost", key: ownerKey(hub), policyName: "nobody" }),
  ],
  [
    "a device's own key",
    "IotHubUnauthorizedAccess",
    (hub) =>
      makeToken({
        resource: "localhost/devices/dev1",
        key: hub.registry.get("dev1")?.primaryKey ?? "",
      }),
  ],
  [
    "a token that has expired",
    "IotHubUnauthorized",
    (hub) =>
      makeToken({ resource: "localhost", key: ownerKey(hub), policyName: "iothubowner", expiresIn: -301 }),
  ],
  [
    "a token for another hub",
    "IotHubUnauthorized",
    (hub) => makeToken({ resource: "other.net", key: ownerKey(hub), policyName: "iothubowner" }),
  ],
  [
    "a token for another resource",
    "IotHubUnauthorized",
    (hub) => makeToken({ resource: "localhost/devices/dev", key: ownerKey(hub), policyName: "iothubowner" }),
  ],
])("%s: 401 %s", async (_what, code, authorization) => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const answer = await callRest({ hub, path: "/devices/dev1", authorization: authorization(hub) });
  expect(answer).toMatchObject({ status: 401, headers: { "iothub-errorcode": code } });
  expect(answer.json()).toMatchObject({ Message: expect.stringMatching(new RegExp(`^ErrorCode:${code};`)) });
  await seen("refused");
});

test("Microsoft's client tells a refused key as UnauthorizedError", async () => {
  const { hub } = await startTestHub();
  const key = Buffer.alloc(32).toString("base64");
  const connectionString = hub.serviceConnectionString.replace(
    /SharedAccessKey=.*$/,
    `SharedAccessKey=${key}`,
  );
  await expect(registryClient(hub, connectionString).list()).rejects.toMatchObject({
    name: "UnauthorizedError",
  });
});

test("a token for one resource opens that, and what is below it", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const authorization = makeToken({
    resource: "localhost/devices",
    key: ownerKey(hub),
    policyName: "iothubowner",
  });
  expect((await callRest({ hub, path: "/devices/dev1", authorization })).status).toBe(200);
  expect((await callRest({ hub, path: "/devices", authorization })).status).toBe(200);
});

test("without api-version, or with one that never was: 400 InvalidProtocolVersion", async () => {
  const { hub } = await startTestHub();
  const statusWith = async (query: string) => {
    const answer = await callRest({ hub, path: `/devices?${query}` });
    return [answer.status, answer.headers["iothub-errorcode"]];
  };
  const refused = [400, "InvalidProtocolVersion"];
  expect(await statusWith("top=1")).toEqual(refused);
  expect(await statusWith("api-version=")).toEqual(refused);
  expect(await statusWith("api-version=1.0")).toEqual(refused);
  expect(await statusWith("api-version=2001-01-01")).toEqual(refused);
  expect(await statusWith("api-version=2016-02-03")).toEqual([200, undefined]);
  expect(await statusWith("api-version=2020-05-31-preview")).toEqual([200, undefined]);
});

test.each([
  ["GET", "/nothing"],
  ["PATCH", "/devices/dev1"],
  ["GET", "/devices/dev1/streams"],
  ["GET", "/devices//"],
  ["GET", "//devices/dev1"],
  ["GET", "/twins/../devices/dev1"],
  ["GET", "/devices/%"],
])("%s %s, which is no operation of this hub: 404, and only to who is authorized", async (method, path) => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  expect((await callRest({ hub, method, path, authorization: null })).status).toBe(401);
  const answer = await callRest({ hub, method, path, authorization: ownerToken(hub) });
  expect(answer).toMatchObject({ status: 404, headers: { "iothub-errorcode": "ResourceNotFound" } });
});

test("a body beyond all limits is refused without being read to its end", async () => {
  const { hub } = await startTestHub();
  const body = "x".repeat(600 * 1024);
  const answer = await callRest({ hub, method: "PUT", path: "/devices/dev1", body });
  expect(answer).toMatchObject({ status: 413, headers: { "iothub-errorcode": "MessageTooLarge" } });
});
