import { Client } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { expect, onTestFinished, test } from "vitest";
import { createTestCertificate, thumbprintsOf } from "../../support/certificates.ts";
import { startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";
import { callProvisioning, deviceToken, registerOverHttps } from "../support/provisioning-rest.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 2).toString("base64");
const device = { registrationId: "dev1", proof: { key: KEY } };

async function startEnrolled(options = {}): Promise<TestProvisioning> {
  const started = await startTestProvisioning(options);
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  return started;
}

/** What a device asks by hand at `/{id scope}/registrations/dev1…`. */
function ask(
  started: TestProvisioning,
  call: { method: string; path?: string; body?: unknown; key?: string },
) {
  const { method, path = "", body, key = KEY } = call;
  const authorization = deviceToken(started, { registrationId: "dev1", key });
  const place = `/${started.provisioning.idScope}/registrations/dev1${path}`;
  return callProvisioning(started, {
    method,
    path: place,
    authorization,
    ...(body === undefined ? {} : { body }),
  });
}

test("a device registers over HTTPS with its key, tells what it wants to, and connects to its hub", async () => {
  const asked: unknown[] = [];
  const started = await startEnrolled({
    retryAfterSeconds: 1,
    onRegister({ payload }: { payload: unknown }) {
      asked.push(payload);
      return { payload: { welcome: true } };
    },
  });
  const assigned = await registerOverHttps({ ...started, ...device, payload: { firmware: "1.2" } });
  expect(assigned).toMatchObject({ status: "assigned", deviceId: "dev1", payload: { welcome: true } });
  expect(asked).toEqual([{ firmware: "1.2" }]);
  const client = Client.fromConnectionString(
    `HostName=${assigned.assignedHub};DeviceId=dev1;SharedAccessKey=${KEY}`,
    Mqtt,
  );
  await client.setOptions({ ca: started.hub.ca });
  await client.open();
  onTestFinished(async () => {
    await client.close();
  });
  expect(started.hub.isConnected("dev1")).toBe(true);
});

test("a device registers over HTTPS with its certificate", async () => {
  const started = await startTestProvisioning();
  const certificate = await createTestCertificate({ commonName: "dev1" });
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: {
      kind: "thumbprint",
      primaryThumbprint: thumbprintsOf(certificate.certificate).sha256,
    },
  });
  const assigned = await registerOverHttps({ ...started, registrationId: "dev1", proof: { certificate } });
  expect(assigned).toMatchObject({ status: "assigned", deviceId: "dev1" });
});

test("a device with another key is answered 401, and the log says why", async () => {
  const started = await startEnrolled();
  const attempt = registerOverHttps({ ...started, registrationId: "dev1", proof: { key: OTHER_KEY } });
  await expect(attempt).rejects.toMatchObject({ name: "UnauthorizedError" });
  expect(await started.seen("registration")).toMatchObject({
    outcome: "unauthorized",
    reason: expect.stringContaining("signature"),
  });
});

test("the answers are those of the service: 202 with Retry-After, then 200, and the same when it is looked up", async () => {
  const started = await startEnrolled({ retryAfterSeconds: 7 });
  expect((await ask(started, { method: "POST", body: {} })).json()).toMatchObject({ status: "unassigned" });
  const first = await ask(started, { method: "PUT", path: "/register", body: { registrationId: "dev1" } });
  expect(first).toMatchObject({ status: 202, headers: { "retry-after": "7" } });
  const { operationId } = first.json();
  expect(first.json()).toEqual({ operationId, status: "assigning" });
  await started.seen("registration");
  const second = await ask(started, { method: "GET", path: `/operations/${operationId}` });
  expect(second.status).toBe(200);
  const registrationState = {
    registrationId: "dev1",
    createdDateTimeUtc: expect.stringMatching(/Z$/),
    assignedHub: `localhost:${started.hub.mqttPort}`,
    deviceId: "dev1",
    status: "assigned",
    substatus: "initialAssignment",
    lastUpdatedDateTimeUtc: expect.stringMatching(/Z$/),
    etag: expect.any(String),
  };
  expect(second.json()).toEqual({ operationId, status: "assigned", registrationState });
  const lookedUp = await ask(started, { method: "POST", body: { registrationId: "dev1" } });
  expect(lookedUp.json()).toEqual(registrationState);
});

test("a device that is throttled is told when to come again", async () => {
  const started = await startEnrolled();
  started.provisioning.throttle(1, { retryAfterSeconds: 9 });
  const answer = await ask(started, { method: "PUT", path: "/register", body: { registrationId: "dev1" } });
  expect(answer).toMatchObject({ status: 429, headers: { "retry-after": "9" } });
  expect(answer.json()).toMatchObject({ errorCode: 429001 });
});

test.each([
  ["of another device", 400, { body: { registrationId: "dev2" } }],
  ["above 64 KiB", 413, { body: { registrationId: "dev1", payload: { text: "x".repeat(70_000) } } }],
  ["without a token", 401, { body: { registrationId: "dev1" }, key: OTHER_KEY }],
])("a registration %s is answered %i", async (_what, status, call) => {
  const started = await startEnrolled();
  expect((await ask(started, { method: "PUT", path: "/register", ...call })).status).toBe(status);
});

test("an id scope that is not this service's is answered 404", async () => {
  const started = await startEnrolled();
  const authorization = deviceToken(started, { registrationId: "dev1", key: KEY });
  const path = "/0ne00000000/registrations/dev1/register";
  const call = { method: "PUT", path, body: { registrationId: "dev1" }, authorization };
  expect((await callProvisioning(started, call)).status).toBe(404);
});
