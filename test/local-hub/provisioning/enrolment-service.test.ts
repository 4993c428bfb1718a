import { X509Certificate } from "node:crypto";
import type { ProvisioningServiceClient } from "azure-iot-provisioning-service";
import { expect, test } from "vitest";
import { deriveDeviceKey } from "../../../src/local-hub/index.ts";
import { createTestAuthority, createTestCertificate, thumbprintsOf } from "../../support/certificates.ts";
import { register, startTestProvisioning } from "../support/provisioning.ts";
import { provisioningClient } from "../support/provisioning-rest.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 2).toString("base64");

type Enrolment = Parameters<ProvisioningServiceClient["createOrUpdateIndividualEnrollment"]>[0];
type Group = Parameters<ProvisioningServiceClient["createOrUpdateEnrollmentGroup"]>[0];
type Bulk = Parameters<ProvisioningServiceClient["runBulkEnrollmentOperation"]>[0];

async function start(options: Parameters<typeof startTestProvisioning>[0] = {}) {
  const started = await startTestProvisioning(options);
  const client = provisioningClient(started);
  // The SDK's types ask for every field, though the service fills in most.
  const enrol = async (document: object) =>
    (await client.createOrUpdateIndividualEnrollment(document as Enrolment)).responseBody;
  const enrolGroup = async (document: object) =>
    (await client.createOrUpdateEnrollmentGroup(document as Group)).responseBody;
  // Its promise is never settled: it takes a callback.
  const bulk = (operation: object) =>
    new Promise<object>((resolve, reject) => {
      client.runBulkEnrollmentOperation(operation as Bulk, (error, result) => {
        if (error) reject(error);
        else resolve(result as object);
      });
    });
  const attempt = (registrationId: string, key: string) =>
    register({ ...started, registrationId, proof: { key } });
  return { ...started, client, enrol, enrolGroup, bulk, attempt };
}

type Query = ReturnType<ProvisioningServiceClient["createIndividualEnrollmentQuery"]>;

/** The next page. Without callback the SDK forgets where it was: it must be told its own token. */
async function nextPage(query: Query): Promise<object[]> {
  const { responseBody } = await query.next(query.continuationToken as unknown as string);
  return responseBody as unknown as object[];
}

const byKey = (primaryKey = KEY) => ({ type: "symmetricKey", symmetricKey: { primaryKey } });

test("a service enrols a device; its keys are told to who made it, and by its attestation mechanism only", async () => {
  const { hub, client, enrol, attempt } = await start();
  const made = await enrol({
    registrationId: "dev1",
    deviceId: "pump-7",
    attestation: byKey(),
    capabilities: { iotEdge: true },
  });
  expect(made).toEqual({
    registrationId: "dev1",
    deviceId: "pump-7",
    registrationState: {
      registrationId: "dev1",
      status: "unassigned",
      createdDateTimeUtc: made.createdDateTimeUtc,
      lastUpdatedDateTimeUtc: made.createdDateTimeUtc,
      etag: expect.any(String),
    },
    attestation: {
      type: "symmetricKey",
      symmetricKey: { primaryKey: KEY, secondaryKey: expect.any(String) },
    },
    capabilities: { iotEdge: true },
    etag: expect.stringMatching(/^".+"$/),
    provisioningStatus: "enabled",
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: true },
    createdDateTimeUtc: expect.stringMatching(/Z$/),
    lastUpdatedDateTimeUtc: expect.stringMatching(/Z$/),
  });
  const read = (await client.getIndividualEnrollment("DEV1")).responseBody;
  expect(read).toEqual({ ...made, attestation: { type: "symmetricKey" } });
  const mechanism = await client.getIndividualEnrollmentAttestationMechanism("dev1");
  expect(mechanism.responseBody).toEqual(made.attestation);

  expect(await attempt("dev1", KEY)).toMatchObject({ deviceId: "pump-7" });
  expect(hub.registry.get("pump-7")).toMatchObject({ capabilities: { iotEdge: true } });
  const after = (await client.getIndividualEnrollment("dev1")).responseBody;
  expect(after.registrationState).toMatchObject({ status: "assigned", deviceId: "pump-7" });
});

test("an enrolment is changed by who knows its etag; its keys stay unless others are given", async () => {
  const { client, enrol, attempt } = await start();
  const made = await enrol({ registrationId: "dev1", attestation: byKey() });
  await expect(enrol({ registrationId: "dev1", attestation: byKey() })).rejects.toMatchObject({
    name: "DeviceAlreadyExistsError",
    response: { statusCode: 409 },
  });
  const read = (await client.getIndividualEnrollment("dev1")).responseBody;
  const changed = await enrol({ ...read, provisioningStatus: "disabled" });
  expect(changed.etag).not.toBe(made.etag);
  expect(changed.createdDateTimeUtc).toBe(made.createdDateTimeUtc);
  await expect(attempt("dev1", KEY)).rejects.toMatchObject({ result: { status: "disabled" } });
  const late = enrol({ ...made, provisioningStatus: "enabled" });
  await expect(late).rejects.toMatchObject({ name: "InvalidEtagError" });
  await enrol({ ...read, etag: "*", attestation: byKey(OTHER_KEY) });
  expect((await attempt("dev1", OTHER_KEY)).status).toBe("assigned");
  const missing = enrol({ registrationId: "dev2", attestation: byKey(), etag: "*" });
  await expect(missing).rejects.toMatchObject({ response: { statusCode: 404 } });
});

test("an enrolment is removed, with or without its etag; then its device is not let in, and it is not found", async () => {
  const { client, enrol, attempt, events } = await start();
  const made = await enrol({ registrationId: "dev1", attestation: byKey() });
  await attempt("dev1", KEY);
  await expect(client.deleteIndividualEnrollment("dev1", '"another"')).rejects.toMatchObject({
    name: "InvalidEtagError",
  });
  await client.deleteIndividualEnrollment(made);
  await expect(attempt("dev1", KEY)).rejects.toMatchObject({ name: "UnauthorizedError" });
  expect(events.filter(({ event }) => event === "enrolment-changed")).toEqual([
    { event: "enrolment-changed", kind: "individual", id: "dev1", change: "created" },
    { event: "enrolment-changed", kind: "individual", id: "dev1", change: "deleted" },
  ]);
  for (const gone of [
    client.getIndividualEnrollment("dev1"),
    client.deleteIndividualEnrollment("dev1"),
    client.getDeviceRegistrationState("dev1"),
  ]) {
    await expect(gone).rejects.toMatchObject({ response: { statusCode: 404 } });
  }
});

test("a service enrols a group, and sees what became of its devices; a registration that it removes is one no more", async () => {
  const { client, enrolGroup, provisioning, attempt } = await start();
  const made = await enrolGroup({ enrollmentGroupId: "fleet", attestation: { type: "symmetricKey" } });
  const { responseBody } = await client.getEnrollmentGroupAttestationMechanism("fleet");
  const groupKey = String(responseBody.symmetricKey?.primaryKey);
  expect(made.attestation).toEqual(responseBody);
  for (const registrationId of ["pump-3", "pump-1", "pump-2"]) {
    await attempt(registrationId, deriveDeviceKey({ groupKey, registrationId }));
  }
  const query = client.createEnrollmentGroupDeviceRegistrationStateQuery({ query: "*" }, "fleet", 2);
  const pages: unknown[] = [];
  while (query.hasMoreResults) {
    const page = (await nextPage(query)) as Array<{ registrationId: string; status: string }>;
    pages.push(page.map(({ registrationId, status }) => `${registrationId} ${status}`));
  }
  expect(pages).toEqual([["pump-1 assigned", "pump-2 assigned"], ["pump-3 assigned"]]);

  const state = (await client.getDeviceRegistrationState("pump-1")).responseBody;
  await expect(client.deleteDeviceRegistrationState("pump-1", "another")).rejects.toMatchObject({
    name: "InvalidEtagError",
  });
  await client.deleteDeviceRegistrationState(state);
  await expect(client.getDeviceRegistrationState("pump-1")).rejects.toThrow();
  await client.deleteEnrollmentGroup(made);
  expect(provisioning.enrolments.list("group")).toEqual([]);
});

test("enrolments and groups are queried, a page at a time", async () => {
  const { client, enrol, enrolGroup } = await start();
  for (const registrationId of ["c", "A", "b"]) await enrol({ registrationId, attestation: byKey() });
  await enrolGroup({ enrollmentGroupId: "fleet", attestation: byKey() });
  const query = client.createIndividualEnrollmentQuery({ query: "SELECT * FROM enrollments" }, 2);
  expect(await nextPage(query)).toMatchObject([{ registrationId: "A" }, { registrationId: "b" }]);
  // What comes in before the next page, and behind it, is on it.
  await enrol({ registrationId: "bb", attestation: byKey() });
  expect(await nextPage(query)).toMatchObject([{ registrationId: "bb" }, { registrationId: "c" }]);
  expect(query.hasMoreResults).toBe(false);
  const groups = client.createEnrollmentGroupQuery({ query: "select * from EnrollmentGroups" });
  expect(await nextPage(groups)).toMatchObject([{ enrollmentGroupId: "fleet" }]);
  const other = client.createIndividualEnrollmentQuery({ query: "SELECT * FROM devices" });
  await expect(nextPage(other)).rejects.toMatchObject({ response: { statusCode: 400 } });
});

test("several enrolments are made, changed and removed at a time; what fails is told for each", async () => {
  const { bulk, provisioning } = await start();
  const two = [
    { registrationId: "dev1", attestation: byKey() },
    { registrationId: "dev2", attestation: byKey() },
  ];
  expect(await bulk({ mode: "create", enrollments: two })).toEqual({ isSuccessful: true, errors: [] });
  expect(
    await bulk({
      mode: "create",
      enrollments: [
        ...two.slice(1),
        { registrationId: "dev3", attestation: { type: "tpm", tpm: { endorsementKey: "e" } } },
        { registrationId: "dev4", attestation: byKey() },
      ],
    }),
  ).toEqual({
    isSuccessful: false,
    errors: [
      { registrationId: "dev2", errorCode: 409201, errorStatus: expect.any(String) },
      { registrationId: "dev3", errorCode: 400004, errorStatus: expect.stringContaining("attestation.type") },
    ],
  });
  const ids = () => provisioning.enrolments.list("individual").map(({ id }) => id);
  expect(ids()).toEqual(["dev1", "dev2", "dev4"]);
  const etag = '"another"';
  const late = await bulk({ mode: "updateIfMatchETag", enrollments: two.map((one) => ({ ...one, etag })) });
  expect(late).toMatchObject({ errors: [{ errorCode: 412201 }, { errorCode: 412201 }] });
  expect(await bulk({ mode: "update", enrollments: two })).toMatchObject({ isSuccessful: true });
  await bulk({ mode: "delete", enrollments: [...two, { registrationId: "dev4" }] });
  expect(ids()).toEqual([]);
  await expect(bulk({ mode: "create", enrollments: Array(11).fill(two[0]) })).rejects.toThrow();
});

test("certificates are taken as PEM, as base64 of it, and as base64 of DER, and told by what is in them", async () => {
  const started = await start();
  const certificate = await createTestCertificate({ commonName: "dev1" });
  const pem = certificate.certificate;
  for (const text of [
    pem,
    Buffer.from(pem).toString("base64"),
    new X509Certificate(pem).raw.toString("base64"),
  ]) {
    const attestation = { type: "x509", x509: { clientCertificates: { primary: { certificate: text } } } };
    const made = await started.enrol({ registrationId: "dev1", attestation });
    const primary = made.attestation.x509?.clientCertificates?.primary;
    expect(primary).toMatchObject({
      info: { subjectName: "CN=dev1", sha256Thumbprint: thumbprintsOf(pem).sha256, version: 3 },
    });
    await register({ ...started, registrationId: "dev1", proof: { certificate } });
    await started.client.deleteIndividualEnrollment("dev1");
  }
});

test("a group's devices come with certificates of its authority, given or named", async () => {
  const authority = await createTestAuthority();
  const started = await start({ authorities: { "contoso-root": authority.certificate } });
  const certificate = await createTestCertificate({ commonName: "dev1", issuer: authority });
  const primary = { certificate: authority.certificate };
  for (const x509 of [{ signingCertificates: { primary } }, { caReferences: { primary: "contoso-root" } }]) {
    await started.enrolGroup({ enrollmentGroupId: "fleet", attestation: { type: "x509", x509 } });
    const assigned = await register({ ...started, registrationId: "dev1", proof: { certificate } });
    expect(assigned.status).toBe("assigned");
    await started.client.deleteEnrollmentGroup("fleet");
  }
});

test("what a service was told of an enrolment it may send back: its certificates stay; others than these must be given", async () => {
  const authority = await createTestAuthority();
  const started = await start();
  const { client, enrol, enrolGroup } = started;
  const certificate = await createTestCertificate({ commonName: "dev1", issuer: authority });
  const signing = (primary: object) => ({ type: "x509", x509: { signingCertificates: { primary } } });
  const attestation = signing({ certificate: authority.certificate });
  await enrolGroup({ enrollmentGroupId: "fleet", attestation, allocationPolicy: "static" });
  const group = (await client.getEnrollmentGroup("fleet")).responseBody;
  const initialTwin = { tags: { fleet: "north" }, properties: { desired: {} } };
  const changed = await enrolGroup({ ...group, initialTwin });
  expect(changed.attestation).toEqual(group.attestation);
  const assigned = await register({ ...started, registrationId: "dev1", proof: { certificate } });
  expect(assigned.status).toBe("assigned");
  const other = signing({ info: { sha1Thumbprint: "0".repeat(40) } });
  const refused = enrolGroup({ enrollmentGroupId: "fleet", etag: "*", attestation: other });
  await expect(refused).rejects.toMatchObject({ response: { statusCode: 400 } });

  const primary = { certificate: certificate.certificate };
  const leaf = { type: "x509", x509: { clientCertificates: { primary } } };
  await enrol({ registrationId: "dev2", attestation: leaf });
  const read = (await client.getIndividualEnrollment("dev2")).responseBody;
  const enrollments = [{ ...read, provisioningStatus: "disabled" }];
  expect(await started.bulk({ mode: "update", enrollments })).toMatchObject({ isSuccessful: true });
  const again = (await client.getIndividualEnrollment("dev2")).responseBody;
  expect(again).toMatchObject({ provisioningStatus: "disabled", attestation: read.attestation });
});
