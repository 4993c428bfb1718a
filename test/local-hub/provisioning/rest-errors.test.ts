import fc from "fast-check";
import { expect, test } from "vitest";
import { startTestProvisioning } from "../support/provisioning.ts";
import { callProvisioning, deviceToken } from "../support/provisioning-rest.ts";
import { keyIn, makeToken } from "../support/token.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const attestation = { type: "symmetricKey", symmetricKey: { primaryKey: KEY } };
const enrolment = { registrationId: "dev1", attestation };

test.each<[string, number, Parameters<typeof callProvisioning>[1]]>([
  ["is no JSON", 400, { method: "PUT", path: "/enrollments/dev1", body: "{" }],
  ["is a list", 400, { method: "PUT", path: "/enrollments/dev1", body: "[]" }],
  ["is empty", 400, { method: "PUT", path: "/enrollments/dev1" }],
  ["is of another id", 400, { method: "PUT", path: "/enrollments/dev2", body: enrolment }],
  [
    "is not sent as JSON",
    415,
    {
      method: "PUT",
      path: "/enrollments/dev1",
      body: enrolment,
      headers: { "content-type": "text/plain" },
    },
  ],
  ["is too large", 413, { method: "PUT", path: "/enrollments/dev1", body: `"${"x".repeat(600_000)}"` }],
  ["has no api-version", 400, { path: "/enrollments/dev1?x=1" }],
  ["is at a place that there is not", 404, { path: "/devices" }],
  ["lacks the id", 405, { path: "/enrollments" }],
  ["is of another method", 405, { method: "DELETE", path: "/enrollments/query/attestationmechanism" }],
  ["names its parent", 404, { path: "/enrollments/..%2f..%2fetc" }],
  ["names a prototype", 404, { path: "/enrollmentGroups/__proto__" }],
  ["is badly encoded", 404, { path: "/enrollments/%E0%A4%A" }],
])("a request that %s is answered %i", async (_what, status, call) => {
  const started = await startTestProvisioning();
  const answer = await callProvisioning(started, call);
  expect(answer.status).toBe(status);
  expect(answer.headers["x-ms-error-code"]).toMatch(new RegExp(`^${status}`));
  expect(answer.json()).toEqual({
    errorCode: expect.any(Number),
    trackingId: expect.any(String),
    message: expect.any(String),
    timestampUtc: expect.stringMatching(/Z$/),
  });
});

test.each([
  ["attestation", {}, "attestation: expected an object"],
  ["its type", { attestation: { type: "password" } }, "attestation.type: expected symmetricKey or x509"],
  ["what is not supported", { attestation: { type: "tpm" } }, "TPM attestation is not supported"],
  [
    "a key",
    { attestation: { type: "symmetricKey", symmetricKey: { primaryKey: "short" } } },
    "attestation.symmetricKey.primaryKey: expected base64",
  ],
  ["a certificate", { attestation: { type: "x509", x509: {} } }, "attestation.x509: expected one of"],
  [
    "an authority",
    { attestation: { type: "x509", x509: { caReferences: { primary: "unknown" } } } },
    "attestation.x509.caReferences.primary: expected the name of an authority",
  ],
  [
    "a hub",
    { attestation, iotHubHostName: "elsewhere" },
    "iotHubHostName: expected the name of a linked hub",
  ],
  ["an allocation", { attestation, allocationPolicy: "custom" }, "customAllocationDefinition: expected"],
  ["a policy", { attestation, reprovisionPolicy: { migrateDeviceData: 1 } }, "true or false"],
  [
    "a twin",
    { attestation, initialTwin: { tags: { "a b": 1 } } },
    "initialTwin: expected what a twin can hold",
  ],
  ["a status", { attestation, provisioningStatus: "off" }, "provisioningStatus: expected one of enabled"],
])(
  "an enrolment is refused where %s is wrong, with what was expected and never with what was there",
  async (_what, part, told) => {
    const started = await startTestProvisioning();
    const call = { method: "PUT", path: "/enrollments/dev1", body: { registrationId: "dev1", ...part } };
    const answer = await callProvisioning(started, call);
    expect(answer.status).toBe(400);
    expect(answer.json().message).toContain(told);
    expect(answer.text).not.toContain("short");
  },
);

test("who does not prove to be the owner is answered 401, and the log says why", async () => {
  const started = await startTestProvisioning();
  const key = keyIn(started.provisioning.serviceConnectionString);
  const policyName = "provisioningserviceowner";
  const refused: Array<[string | null, RegExp]> = [
    [null, /no Authorization/],
    ["Bearer x", /no shared access signature/],
    [makeToken({ resource: "localhost", key, policyName: "iothubowner" }), /skn/],
    [makeToken({ resource: "localhost", key: KEY, policyName }), /signature/],
    [makeToken({ resource: "localhost", key, policyName, expiresIn: -3600 }), /expired/],
    [makeToken({ resource: "elsewhere", key, policyName }), /another resource/],
    [makeToken({ resource: "localhost/registrations", key, policyName }), /another resource/],
  ];
  for (const [index, [authorization, reason]] of refused.entries()) {
    const answer = await callProvisioning(started, { path: "/enrollments/dev1", authorization });
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ errorCode: 401002, message: "Unauthorized" });
    expect((await started.seen("refused", { count: index + 1 })).reason).toMatch(reason);
  }
});

test("whatever is sent to whatever path, the service refuses it in its own words, and goes on", async () => {
  const started = await startTestProvisioning();
  const word = fc.constantFrom(
    ...["enrollments", "enrollmentGroups", "attestationmechanism", "registrations", "query"],
    ...["0ne0000LOCAL", "register", "operations", "dev1", "..", ""],
  );
  const path = fc.array(fc.oneof(word, fc.string({ maxLength: 8 }).map(encodeURIComponent)), {
    maxLength: 5,
  });
  const fields = fc.constantFrom(
    "registrationId",
    "attestation",
    "mode",
    "enrollments",
    "query",
    "initialTwin",
  );
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fields, fc.jsonValue(), { maxKeys: 4 }));
  const method = fc.constantFrom("GET", "PUT", "POST", "DELETE");
  await fc.assert(
    fc.asyncProperty(method, path, body, async (verb, parts, value) => {
      const answer = await callProvisioning(started, {
        method: verb,
        path: `/${parts.join("/")}`,
        // Node's client frames no body of the other methods.
        ...(verb.startsWith("P") ? { body: JSON.stringify(value) } : {}),
      });
      expect(answer.status).not.toBe(500);
      if (answer.status >= 400) expect(answer.json()).toMatchObject({ errorCode: expect.any(Number) });
    }),
    { numRuns: 60 },
  );
  expect(started.events.filter(({ event }) => event === "fault")).toEqual([]);
  const made = await callProvisioning(started, { method: "PUT", path: "/enrollments/dev1", body: enrolment });
  expect(made.status).toBe(200);
});

test("whatever a device sends along when it registers, it is answered", async () => {
  const started = await startTestProvisioning({ onRegister: ({ payload }) => ({ payload }) });
  started.provisioning.enrol({ ...enrolment });
  const authorization = deviceToken(started, { registrationId: "dev1", key: KEY });
  const path = `/${started.provisioning.idScope}/registrations/dev1/register`;
  const send = (body: string) => callProvisioning(started, { method: "PUT", path, body, authorization });
  const named = fc.jsonValue().map((payload) => ({ registrationId: "dev1", payload }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), named), async (body) => {
      expect([200, 400]).toContain((await send(JSON.stringify(body))).status);
    }),
    { numRuns: 25 },
  );
  const deep = `{"registrationId":"dev1","payload":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
  const answer = await send(deep);
  expect(answer.status).toBe(200);
  expect(answer.json().status).toMatch(/^(?:assigned|failed)$/);
});
