import { expect, test } from "vitest";
import { createTestAuthority, createTestCertificate } from "../../support/certificates.ts";
import { startTestHub, temporaryFolder } from "../support/hub.ts";
import { register } from "../support/provisioning.ts";
import { callProvisioning, deviceToken, provisioningClient } from "../support/provisioning-rest.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");

test("enrolments, registrations and keys of the service are kept in the data folder", async () => {
  const dataDirectory = await temporaryFolder();
  const authority = await createTestAuthority();
  const certificate = await createTestCertificate({ commonName: "dev3", issuer: authority });
  async function start() {
    const started = await startTestHub({ dataDirectory });
    const provisioning = await started.hub.startProvisioning({ retryAfterSeconds: 0 });
    return { ...started, provisioning };
  }
  const before = await start();
  const { enrolments } = before.provisioning;
  enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
    initialTwin: { tags: { site: "north" } },
    payload: { welcome: true },
  });
  enrolments.add({ registrationId: "dev2", attestation: { kind: "symmetricKey" } });
  enrolments.addGroup({
    groupId: "fleet",
    attestation: { kind: "authority", authorities: [authority.certificate] },
  });
  await register({ ...before, registrationId: "dev1", proof: { key: KEY } });
  await register({ ...before, registrationId: "dev3", proof: { certificate } });
  enrolments.remove("dev2");
  const told = ({ list }: typeof enrolments) => JSON.stringify([list("individual"), list("group")]);
  const state = (await provisioningClient(before).getDeviceRegistrationState("dev3")).responseBody;
  await before.hub.stop();

  const after = await start();
  const found = after.provisioning.enrolments;
  expect(told(found)).toBe(told(enrolments));
  const key = (text: string) => text.slice(text.indexOf("SharedAccessKey="));
  expect(key(after.provisioning.serviceConnectionString)).toBe(
    key(before.provisioning.serviceConnectionString),
  );
  const client = provisioningClient(after);
  // They are in the hub that they were in, though that has another port now.
  const assignedHub = `localhost:${after.hub.mqttPort}`;
  expect((await client.getDeviceRegistrationState("dev3")).responseBody).toEqual({ ...state, assignedHub });
  expect(await register({ ...after, registrationId: "dev1", proof: { key: KEY } })).toMatchObject({
    assignedHub,
    substatus: "reprovisionedToInitialAssignment",
    payload: { welcome: true },
  });
  expect((await register({ ...after, registrationId: "dev3", proof: { certificate } })).status).toBe(
    "assigned",
  );
});

test("services of different id scopes beside one hub keep theirs apart", async () => {
  const { hub } = await startTestHub({ dataDirectory: await temporaryFolder() });
  const one = await hub.startProvisioning({ idScope: "0ne00000001" });
  one.enrolments.add({ registrationId: "dev1", attestation: { kind: "symmetricKey" } });
  const other = await hub.startProvisioning({ idScope: "0ne00000002" });
  expect(other.enrolments.list("individual")).toEqual([]);
  await one.stop();
  const again = await hub.startProvisioning({ idScope: "0ne00000001" });
  expect(again.enrolments.list("individual")).toMatchObject([{ id: "dev1" }]);
});

test("a registration that is under way when the hub stops is forgotten, and disturbs nobody", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub, seen } = await startTestHub({ dataDirectory });
  const thinking = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  const provisioning = await hub.startProvisioning({
    onRegister() {
      asked.resolve();
      return thinking.promise;
    },
  });
  provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  const path = `/${provisioning.idScope}/registrations/dev1/register`;
  const authorization = deviceToken({ hub, provisioning }, { registrationId: "dev1", key: KEY });
  const call = { method: "PUT", path, body: { registrationId: "dev1" }, authorization };
  expect((await callProvisioning({ hub, provisioning }, call)).status).toBe(202);
  await asked.promise;
  await hub.stop();
  thinking.resolve(undefined);
  expect(await seen("registration")).toMatchObject({ outcome: "failed" });
  const { hub: next } = await startTestHub({ dataDirectory });
  const again = await next.startProvisioning();
  await expect(
    provisioningClient({ hub: next, provisioning: again }).getDeviceRegistrationState("dev1"),
  ).resolves.toMatchObject({ responseBody: { status: "unassigned" } });
});
