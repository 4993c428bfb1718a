import { createHmac } from "node:crypto";
import { Client } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { expect, onTestFinished, test } from "vitest";
import { register, startTestProvisioning } from "../support/provisioning.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 2).toString("base64");

/** From Microsoft's description of it, apart from the code under test. */
const derived = (groupKey: string, registrationId: string) =>
  createHmac("sha256", Buffer.from(groupKey, "base64")).update(registrationId).digest("base64");

test.each([
  ["primary", KEY],
  ["secondary", OTHER_KEY],
])(
  "a device that is enrolled is assigned by its %s key, and connects to the hub with it",
  async (_which, key) => {
    const { hub, provisioning } = await startTestProvisioning();
    provisioning.enrolments.add({
      registrationId: "dev1",
      attestation: { kind: "symmetricKey", primaryKey: KEY, secondaryKey: OTHER_KEY },
    });
    const assigned = await register({ hub, provisioning, registrationId: "dev1", proof: { key } });
    expect(assigned).toMatchObject({
      registrationId: "dev1",
      assignedHub: `localhost:${hub.mqttPort}`,
      deviceId: "dev1",
      status: "assigned",
      substatus: "initialAssignment",
    });
    const { assignedHub, deviceId } = assigned;
    const device = Client.fromConnectionString(
      `HostName=${assignedHub};DeviceId=${deviceId};SharedAccessKey=${key}`,
      Mqtt,
    );
    await device.setOptions({ ca: hub.ca });
    await device.open();
    onTestFinished(async () => {
      await device.close();
    });
    expect(hub.isConnected("dev1")).toBe(true);
  },
);

test.each([
  ["primary", KEY],
  ["secondary", OTHER_KEY],
])("the devices of a group come with keys derived from its %s key", async (_which, groupKey) => {
  const { hub, provisioning } = await startTestProvisioning();
  const { enrolments } = provisioning;
  enrolments.addGroup({ groupId: "others", attestation: { kind: "symmetricKey" } });
  enrolments.addGroup({
    groupId: "fleet",
    attestation: { kind: "symmetricKey", primaryKey: KEY, secondaryKey: OTHER_KEY },
  });
  for (const registrationId of ["pump-1", "pump-2"]) {
    const proof = { key: derived(groupKey, registrationId) };
    const { deviceId } = await register({ hub, provisioning, registrationId, proof });
    expect(deviceId).toBe(registrationId);
    expect(hub.registry.get(deviceId)).toMatchObject({
      primaryKey: derived(KEY, registrationId),
      secondaryKey: derived(OTHER_KEY, registrationId),
    });
  }
});

/** `dev1` is enrolled and has registered. */
async function startWithRegistered() {
  const { hub, provisioning } = await startTestProvisioning();
  provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  const again = () => register({ hub, provisioning, registrationId: "dev1", proof: { key: KEY } });
  await again();
  return { hub, again };
}

test("a device that registers again is assigned again, and keeps its identity in the hub", async () => {
  const { hub, again } = await startWithRegistered();
  const before = hub.registry.get("dev1");
  expect((await again()).substatus).toBe("reprovisionedToInitialAssignment");
  expect(hub.registry.get("dev1")).toEqual(before);
});

test("a device that was deleted from the hub, or given other keys there, is put right when it registers again", async () => {
  const { hub, again } = await startWithRegistered();
  await hub.registry.delete("dev1");
  await again();
  expect(hub.registry.get("dev1")?.primaryKey).toBe(KEY);
  await hub.registry.update({ deviceId: "dev1", primaryKey: OTHER_KEY });
  await again();
  expect(hub.registry.get("dev1")?.primaryKey).toBe(KEY);
});

test("registration ids are the same in any spelling", async () => {
  const { hub, provisioning } = await startTestProvisioning();
  provisioning.enrolments.add({
    registrationId: "Dev1",
    deviceId: "device-one",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  const { deviceId } = await register({ hub, provisioning, registrationId: "dev1", proof: { key: KEY } });
  expect(deviceId).toBe("device-one");
});
