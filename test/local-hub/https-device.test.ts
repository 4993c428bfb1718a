import { request } from "node:https";
import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { createTestCertificate, thumbprintsOf } from "../support/certificates.ts";
import { startTestHub } from "./support/hub.ts";
import { atHub, callRest } from "./support/rest.ts";
import { makeToken } from "./support/token.ts";

const LOCK = "5f0c1b3a-0000-4000-8000-000000000000";

const tokenOf = (hub: LocalHub, deviceId: string) =>
  makeToken({
    resource: `localhost/devices/${deviceId}`,
    key: hub.registry.get(deviceId)?.primaryKey ?? "",
  });

const abandon = (hub: LocalHub, deviceId: string, authorization: string | null) =>
  callRest({
    hub,
    method: "POST",
    path: `/devices/${deviceId}/messages/deviceBound/${LOCK}/abandon`,
    authorization,
  });

test("a device that is let in may settle messages, of which none is locked: 412 DeviceMessageLockLost", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const answer = await abandon(hub, "dev1", tokenOf(hub, "dev1"));
  expect(answer).toMatchObject({ status: 412, headers: { "iothub-errorcode": "DeviceMessageLockLost" } });
  expect(hub.isConnected("dev1")).toBe(false);
});

test("whoever is not let in is told why, in the service's words", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const wrongKey = makeToken({
    resource: "localhost/devices/dev1",
    key: Buffer.alloc(32, 1).toString("base64"),
  });
  const cases: [string, string | null, RegExp][] = [
    ["dev1", wrongKey, /Authentication failed for this device/],
    ["dev1", tokenOf(hub, "dev2"), /Authentication failed for this device/],
    ["dev1", null, /Authorization header missing/],
    ["nobody", wrongKey, /IotHub 'localhost' does not contain the specified device 'nobody'/],
  ];
  for (const [deviceId, token, message] of cases) {
    const answer = await abandon(hub, deviceId, token);
    expect(answer).toMatchObject({ status: 401, headers: { "iothub-errorcode": "IotHubUnauthorized" } });
    expect(answer.text).toMatch(message);
  }
  await seen("refused");
});

test("a disabled device with the right key: 403 DeviceDisabled; with a wrong one it learns nothing", async () => {
  const { hub } = await startTestHub({ devices: ["dev1", "dev2"] });
  await hub.registry.update({ deviceId: "dev1", status: "disabled" });
  expect(await abandon(hub, "dev1", tokenOf(hub, "dev1"))).toMatchObject({
    status: 403,
    headers: { "iothub-errorcode": "DeviceDisabled" },
  });
  expect((await abandon(hub, "dev1", tokenOf(hub, "dev2"))).status).toBe(401);
});

test("a certificate in place of a token", async () => {
  const { certificate, privateKey } = await createTestCertificate({ commonName: "dev1" });
  const another = await createTestCertificate({ commonName: "dev1" });
  const { hub } = await startTestHub();
  const primaryThumbprint = thumbprintsOf(certificate).sha256;
  await hub.registry.create({ deviceId: "dev1", primaryThumbprint });
  const statusWith = (cert: string, key: string) =>
    new Promise((resolve, reject) => {
      const path = `/devices/dev1/messages/deviceBound/${LOCK}/abandon?api-version=2020-03-13`;
      request({ ...atHub(hub), cert, key, method: "POST", path }, (response) => {
        resolve(response.resume().statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await statusWith(certificate, privateKey)).toBe(412);
  expect(await statusWith(another.certificate, another.privateKey)).toBe(401);
});
