import { expect, test } from "vitest";
import { register, startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";
import { askProvisioning } from "../support/provisioning-device.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const attestation = { kind: "symmetricKey", primaryKey: KEY } as const;
const device = { registrationId: "dev1", proof: { key: KEY } };

function enrol({ provisioning }: TestProvisioning): void {
  provisioning.enrolments.add({ registrationId: "dev1", attestation });
}

test("a device is told to come again, and then where it belongs", async () => {
  const started = await startTestProvisioning({ retryAfterSeconds: 1 });
  enrol(started);
  const startedAt = performance.now();
  expect((await register({ ...started, ...device })).status).toBe("assigned");
  expect(performance.now() - startedAt).toBeGreaterThan(990);
});

test("its answers are those of the service: 202 with retry-after, then 200", async () => {
  const started = await startTestProvisioning({ retryAfterSeconds: 7 });
  enrol(started);
  const asker = await askProvisioning({ ...started, registrationId: "dev1", key: KEY });
  const first = await asker.register({ registrationId: "dev1" });
  const operationId = String(first.body.operationId);
  expect(first).toMatchObject({ status: 202, retryAfter: "7", body: { status: "assigning" } });
  await started.seen("registration");
  const second = await asker.status(operationId);
  expect(second).toMatchObject({
    status: 200,
    retryAfter: null,
    body: {
      operationId,
      status: "assigned",
      registrationState: {
        registrationId: "dev1",
        createdDateTimeUtc: expect.stringMatching(/Z$/),
        lastUpdatedDateTimeUtc: expect.stringMatching(/Z$/),
        etag: expect.any(String),
      },
    },
  });
});

test("while custom allocation thinks, a device is told to come again", async () => {
  const thinking = Promise.withResolvers<undefined>();
  const started = await startTestProvisioning({ retryAfterSeconds: 2, onRegister: () => thinking.promise });
  enrol(started);
  const asker = await askProvisioning({ ...started, registrationId: "dev1", key: KEY });
  const operationId = String((await asker.register({ registrationId: "dev1" })).body.operationId);
  expect(await asker.status(operationId)).toMatchObject({ status: 202, retryAfter: "2" });
  thinking.resolve(undefined);
  await started.seen("registration");
  expect((await asker.status(operationId)).status).toBe(200);
});

test("a device that is throttled is told how long to wait, and gets there", async () => {
  const started = await startTestProvisioning();
  enrol(started);
  started.provisioning.throttle(2, { retryAfterSeconds: 1 });
  const startedAt = performance.now();
  expect((await register({ ...started, ...device })).status).toBe("assigned");
  expect(performance.now() - startedAt).toBeGreaterThan(1_990);
  const outcomes = started.events.flatMap((event) => (event.event === "registration" ? [event.outcome] : []));
  expect(outcomes).toEqual(["throttled", "throttled", "assigned"]);
});

test("429 has a number, and says when to come again", async () => {
  const started = await startTestProvisioning();
  enrol(started);
  started.provisioning.throttle(1, { retryAfterSeconds: 9 });
  const asker = await askProvisioning({ ...started, registrationId: "dev1", key: KEY });
  expect(await asker.register({ registrationId: "dev1" })).toMatchObject({
    status: 429,
    retryAfter: "9",
    body: { errorCode: 429001 },
  });
});

test.each([
  ["that is not JSON", "no"],
  ["that is null", "null"],
  ["of another device", { registrationId: "dev2" }],
])("a registration with a body %s is answered 400", async (_what, body) => {
  const started = await startTestProvisioning();
  enrol(started);
  const asker = await askProvisioning({ ...started, registrationId: "dev1", key: KEY });
  expect((await asker.register(body)).status).toBe(400);
});

test("an operation that is not the device's is answered 404", async () => {
  const started = await startTestProvisioning();
  enrol(started);
  const asker = await askProvisioning({ ...started, registrationId: "dev1", key: KEY });
  expect((await asker.status("4.0.0")).status).toBe(404);
});
