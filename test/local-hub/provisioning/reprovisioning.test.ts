import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { AssignableHub, LocalHub, Reprovisioning } from "../../../src/local-hub/index.ts";
import { startTestHub } from "../support/hub.ts";
import { register, startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";
import { provisioningClient } from "../support/provisioning-rest.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const attestation = { kind: "symmetricKey", primaryKey: KEY } as const;

function attempt(started: TestProvisioning, registrationId = "dev1") {
  return register({ ...started, registrationId, proof: { key: KEY } });
}

async function startOther(): Promise<LocalHub> {
  return (await startTestHub()).hub;
}

const first = { tags: { site: "north" }, properties: { desired: { interval: 5 } } };
const lived = { tags: { site: "south" }, properties: { desired: { interval: 9 } } };

test.each<[Reprovisioning | "nothing", string, object]>([
  ["nothing", "deviceDataMigrated", lived],
  ["migrate", "deviceDataMigrated", lived],
  ["reset", "deviceDataReset", first],
])("when its enrolment leads elsewhere and says %s, a device is told %s", async (policy, substatus, twin) => {
  const [north, south] = [await startOther(), await startOther()];
  const started = await startTestProvisioning({ linkedHubs: { north, south } });
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    attestation,
    hubHostName: "north",
    initialTwin: first,
    ...(policy === "nothing" ? {} : { reprovisioning: policy }),
  });
  expect(await attempt(started)).toMatchObject({
    assignedHub: `north:${north.mqttPort}`,
    substatus: "initialAssignment",
  });
  expect(north.twins.get("dev1")).toMatchObject(first);
  north.twins.replace("dev1", lived);
  north.twins.report("dev1", { firmware: "1.2" });
  started.provisioning.enrolments.change("dev1", { hubHostName: "south" });
  expect(await attempt(started)).toMatchObject({ assignedHub: `south:${south.mqttPort}`, substatus });
  expect(south.twins.get("dev1")).toMatchObject(twin);
  const reports = south.twins.forDevice("dev1").reported.firmware;
  expect(reports).toBe(policy === "reset" ? undefined : "1.2");
  expect(north.registry.list()).toEqual([]);
});

test("a device whose enrolment says never stays where it is, under the id that it has", async () => {
  const north = await startOther();
  const started = await startTestProvisioning({ linkedHubs: { north } });
  const { enrolments } = started.provisioning;
  enrolments.add({ registrationId: "dev1", attestation, reprovisioning: "never", hubHostName: "north" });
  await attempt(started);
  enrolments.change("dev1", { hubHostName: "localhost" });
  expect(await attempt(started)).toMatchObject({
    assignedHub: `north:${north.mqttPort}`,
    substatus: "reprovisionedToInitialAssignment",
  });
  expect(started.hub.registry.list()).toEqual([]);
});

test("devices are spread over the linked hubs, each the same way each time, and over no other than their enrolment names", async () => {
  const [north, south] = [await startOther(), await startOther()];
  const started = await startTestProvisioning({ linkedHubs: { north, south } });
  const { enrolments } = started.provisioning;
  const ids = Array.from({ length: 8 }, (_, n) => `dev${n}`);
  for (const registrationId of ids) {
    enrolments.add({ registrationId, attestation, allocation: "hashed", hubHostNames: ["north", "south"] });
  }
  const spread = async () => {
    const hubs: string[] = [];
    for (const id of ids) hubs.push((await attempt(started, id)).assignedHub);
    return hubs;
  };
  const once = await spread();
  expect(new Set(once)).toEqual(new Set([`north:${north.mqttPort}`, `south:${south.mqttPort}`]));
  expect(await spread()).toEqual(once);
  enrolments.change("dev0", { allocation: "static", hubHostNames: ["localhost"] });
  expect((await attempt(started, "dev0")).assignedHub).toBe(`localhost:${started.hub.mqttPort}`);
});

/** A webhook of this answer, and what it was asked. */
async function startWebhook(answer: { status?: number; body: unknown }) {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.writeHead(answer.status ?? 200).end(JSON.stringify(answer.body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/allocate`, asked };
}

/** A service whose one group asks the webhook. */
async function startWithWebhook(webhookUrl: string, north: AssignableHub) {
  const started = await startTestProvisioning({ linkedHubs: { north } });
  const client = provisioningClient(started);
  const enrolment = {
    registrationId: "dev1",
    attestation: { type: "symmetricKey", symmetricKey: { primaryKey: KEY } },
    allocationPolicy: "custom",
    customAllocationDefinition: { webhookUrl, apiVersion: "2021-10-01" },
  };
  await client.createOrUpdateIndividualEnrollment(enrolment as never);
  return started;
}

test("a webhook says where a device goes, with which twin, and what it is told", async () => {
  const north = await startOther();
  const body = { iotHubHostName: "north", initialTwin: first, payload: { colour: "red" } };
  const webhook = await startWebhook({ body });
  const started = await startWithWebhook(webhook.url, north);
  for (let time = 0; time < 2; time++) {
    expect(
      await register({ ...started, registrationId: "dev1", proof: { key: KEY }, payload: { serial: 7 } }),
    ).toMatchObject({ assignedHub: `north:${north.mqttPort}`, payload: { colour: "red" } });
  }
  expect(north.twins.get("dev1")).toMatchObject(first);
  const linkedHubs = [`localhost:${started.hub.mqttPort}`, `north:${north.mqttPort}`];
  const registrationId = "dev1";
  expect(webhook.asked).toMatchObject([
    {
      individualEnrollment: { registrationId, attestation: { type: "symmetricKey" } },
      deviceRuntimeContext: { registrationId, symmetricKey: {}, payload: { serial: 7 } },
      linkedHubs,
    },
    { deviceRuntimeContext: { currentIotHubHostName: linkedHubs[1], currentDeviceId: registrationId } },
  ]);
  expect(JSON.stringify(webhook.asked)).not.toContain(KEY);
});

test.each([
  ["names a hub that is not linked", { body: { iotHubHostName: "elsewhere" } }, /linked hub/],
  ["names none", { body: {} }, /named no hub/],
  ["does not answer with an object", { body: 7 }, /an object/],
  ["fails", { status: 500, body: {} }, /answered 500/],
])(
  "a webhook that %s makes the registration fail, and the device is told why",
  async (_what, answer, why) => {
    const webhook = await startWebhook(answer);
    const started = await startWithWebhook(webhook.url, await startOther());
    await expect(attempt(started)).rejects.toMatchObject({
      result: { status: "failed", registrationState: { errorMessage: expect.stringMatching(why) } },
    });
  },
);
