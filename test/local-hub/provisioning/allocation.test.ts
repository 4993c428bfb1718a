import { expect, test } from "vitest";
import type { RegistrationRequest } from "../../../src/local-hub/index.ts";
import { startTestHub } from "../support/hub.ts";
import { register, startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const attestation = { kind: "symmetricKey", primaryKey: KEY } as const;

function attempt(started: TestProvisioning, payload?: Record<string, unknown>) {
  return register({
    ...started,
    registrationId: "dev1",
    proof: { key: KEY },
    ...(payload ? { payload } : {}),
  });
}

test("an enrolment may say which hub, under which name, as which device, and what is given back", async () => {
  const started = await startTestProvisioning();
  const { hub: other } = await startTestHub();
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    attestation,
    hub: other,
    hubHostName: "north.example",
    deviceId: "pump-7",
    payload: { site: "north" },
  });
  expect(await attempt(started)).toMatchObject({
    assignedHub: "north.example",
    deviceId: "pump-7",
    payload: { site: "north" },
  });
  expect(other.registry.get("pump-7")?.primaryKey).toBe(KEY);
  expect(started.hub.registry.list()).toEqual([]);
});

test("custom allocation sees what the device sent, and decides", async () => {
  const requests: RegistrationRequest[] = [];
  const started = await startTestProvisioning({
    async onRegister(request) {
      requests.push(request);
      return { deviceId: "chosen", payload: { echo: request.payload } };
    },
  });
  started.provisioning.enrolments.add({ registrationId: "dev1", attestation, payload: "unused" });
  expect(await attempt(started, { firmware: "1.2" })).toMatchObject({
    deviceId: "chosen",
    payload: { echo: { firmware: "1.2" } },
  });
  expect(requests).toMatchObject([
    { registrationId: "dev1", payload: { firmware: "1.2" }, enrolment: { kind: "individual" } },
  ]);
  expect(started.hub.registry.get("chosen")).toBeDefined();
});

test("custom allocation that fails makes the registration fail", async () => {
  const started = await startTestProvisioning({
    onRegister() {
      throw new Error("no hub has room");
    },
  });
  started.provisioning.enrolments.add({ registrationId: "dev1", attestation });
  await expect(attempt(started)).rejects.toMatchObject({
    name: "ProvisioningRegistrationFailedError",
    result: {
      status: "failed",
      registrationState: { errorCode: 400207, errorMessage: "no hub has room" },
    },
  });
  expect(await started.seen("registration")).toMatchObject({ outcome: "failed" });
});

test("a device that is assigned to another hub leaves the one it was in", async () => {
  const started = await startTestProvisioning();
  const { hub: other } = await startTestHub();
  started.provisioning.enrolments.add({ registrationId: "dev1", attestation });
  await attempt(started);
  started.provisioning.enrolments.change("dev1", { hub: other });
  expect(await attempt(started)).toMatchObject({
    assignedHub: `localhost:${other.mqttPort}`,
    substatus: "deviceDataMigrated",
  });
  expect(started.hub.registry.list()).toEqual([]);
  expect(other.registry.get("dev1")?.primaryKey).toBe(KEY);
});

test("the name by which devices are told of the hub is that of the service, and one that an enrolment says goes before it", async () => {
  const started = await startTestHub({ hostNames: ["hub", "gateway"] });
  const provisioning = await started.hub.startProvisioning({ retryAfterSeconds: 0, hostName: "hub" });
  const { mqttPort } = started.hub;
  provisioning.enrolments.add({ registrationId: "dev1", attestation });
  // The service is reached by localhost all the same.
  const reached = {
    ...started,
    provisioning: { ...provisioning, endpoint: `localhost:${provisioning.mqttPort}` },
  };
  expect((await attempt(reached)).assignedHub).toBe(`hub:${mqttPort}`);
  provisioning.enrolments.change("dev1", { hubHostName: "gateway" });
  expect((await attempt(reached)).assignedHub).toBe(`gateway:${mqttPort}`);
});

test("a custom allocation that nobody answers for makes the registration fail", async () => {
  const started = await startTestProvisioning();
  started.provisioning.enrolments.add({ registrationId: "dev1", attestation, allocation: "custom" });
  await expect(attempt(started)).rejects.toMatchObject({
    result: { registrationState: { errorMessage: "there is nobody to ask for a custom allocation" } },
  });
});
