import { DatabaseSync, StatementSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { startTestHub, temporaryFolder } from "../support/hub.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callRest } from "../support/rest.ts";

afterEach(() => vi.restoreAllMocks());

/** As SQLite has it: most writes fail when they are to be kept, some at once. */
function fillDisk(fails: "COMMIT" | "statement"): void {
  const full = () => {
    throw new Error("database or disk is full");
  };
  const { exec } = DatabaseSync.prototype;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    if (fails === "COMMIT" && sql === "COMMIT") full();
    return exec.call(this, sql);
  });
  if (fails === "statement") vi.spyOn(StatementSync.prototype, "run").mockImplementation(full);
}

async function putJob(hub: LocalHub, jobId: string, rest: object = {}): Promise<number> {
  const updateTwin = { etag: "*", tags: { job: jobId } };
  const body = { type: "scheduleUpdateTwin", queryCondition: "*", updateTwin, ...rest };
  return (await callRest({ hub, method: "PUT", path: `/jobs/v2/${jobId}`, body })).status;
}

test.each(["COMMIT", "statement"] as const)(
  "what cannot be kept changes nothing, and is as before when there is room again (%s)",
  async (fails) => {
    const dataDirectory = await temporaryFolder();
    const { hub } = await startTestHub({ dataDirectory, devices: ["dev1"] });
    const { enrolments } = await hub.startProvisioning();
    const attestation = { kind: "symmetricKey" } as const;
    enrolments.add({ registrationId: "reg1", attestation });
    await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
    await hub.messages.send("dev1", { payload: "hello", messageId: "1" });
    await putJob(hub, "later", { startTime: new Date(Date.now() + 3_600_000).toISOString() });
    const rest = async (path: string) => (await callRest({ hub, path })).json();
    const state = async () => ({
      devices: hub.registry.list(),
      modules: hub.modules.list("dev1"),
      twins: [...["dev1", "dev1/mod1"].map((id) => hub.twins.get(id))],
      messages: hub.messages.waiting("dev1"),
      enrolments: enrolments.list("individual"),
      jobs: await rest("/jobs/v2/query"),
    });
    const before = await state();

    fillDisk(fails);
    const refused = [
      () => hub.registry.create({ deviceId: "dev2", capabilities: { iotEdge: true } }),
      () => hub.registry.update({ deviceId: "dev1", capabilities: { iotEdge: true } }),
      () => hub.registry.delete("dev1"),
      () => hub.modules.create({ deviceId: "dev1", moduleId: "mod2" }),
      () => hub.modules.delete("dev1", "mod1"),
      async () => enrolments.add({ registrationId: "reg2", attestation }),
      async () => enrolments.remove("reg1"),
    ];
    for (const change of refused) await expect(change()).rejects.toThrow("disk is full");
    expect(await putJob(hub, "refused")).toBe(500);
    expect((await callRest({ hub, method: "POST", path: "/jobs/v2/later/cancel" })).status).toBe(500);
    expect(await state()).toEqual(before);

    vi.restoreAllMocks();
    await hub.registry.create({ deviceId: "dev2", capabilities: { iotEdge: true } });
    expect(await putJob(hub, "refused")).toBe(200);
    const kept = { devices: hub.registry.list(), modules: hub.modules.list() };
    await hub.stop();
    const { hub: second } = await startTestHub({ dataDirectory });
    expect({ devices: second.registry.list(), modules: second.modules.list() }).toEqual(kept);
    expect(second.messages.waiting("dev1")).toHaveLength(1);
  },
);

test("devices come, go and are served as far as nothing must be kept, and what was under way is done when there is room", async () => {
  const dataDirectory = await temporaryFolder();
  let skewMs = 0;
  const now = () => Date.now() + skewMs;
  const { hub, seen, events } = await startTestHub({ dataDirectory, devices: ["dev1", "dev2"], now });
  const filter = "devices/dev1/messages/devicebound/#";
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  await device.subscribe([{ topic: filter, qos: 1 }, { topic: "$iothub/twin/res/#" }]);
  await hub.messages.send("dev1", { payload: "one", messageId: "1" });
  const { packetId } = await device.nextMessage();
  const expiryTimeUtc = new Date(now() + 3_600_000);
  await hub.messages.send("dev2", { payload: "two", messageId: "2", ack: "full", expiryTimeUtc });

  fillDisk("statement");
  device.acknowledge(packetId);
  device.publish("$iothub/twin/PATCH/properties/reported/?$rid=1", '{"a":1}');
  expect((await device.nextPublish()).topic).toBe("$iothub/twin/res/500/?$rid=1");
  device.publish("$iothub/twin/GET/?$rid=2", "");
  expect((await device.nextPublish()).topic).toBe("$iothub/twin/res/200/?$rid=2");
  const userName = "localhost/dev2/?api-version=2021-04-12&model-id=dtmi:com:example:Thing;1";
  const other = await connectRawDevice({ hub, deviceId: "dev2", userName });
  await other.ping();
  // A session that cannot be kept is not promised.
  other.sendSubscribe([{ topic: "$iothub/methods/POST/#" }]);
  await other.closed;
  await expect(hub.faults.add({ kind: "forget-sessions" }).hasStruck()).rejects.toThrow("disk is full");
  skewMs = 3_600_000;
  expect(hub.messages.waiting("dev2")).toHaveLength(1);
  device.destroy();
  await seen("disconnected", { count: 2 });
  expect(events).toContainEqual({ event: "fault", reason: "database or disk is full" });

  vi.restoreAllMocks();
  expect(hub.messages.waiting("dev2")).toHaveLength(0);
  expect((await hub.messages.feedback.next()).statusCode).toBe("Expired");
});

test("a job that cannot be kept when its time comes is taken up by the next hub on the folder", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub, seen } = await startTestHub({ dataDirectory, devices: ["dev1"] });
  const startTime = new Date(Date.now() + 300).toISOString();
  await putJob(hub, "job1", { startTime });
  fillDisk("statement");
  await seen("fault");
  vi.restoreAllMocks();
  await hub.stop();
  const second = await startTestHub({ dataDirectory });
  await second.seen("job-changed", { fits: ({ status }) => status === "completed" });
  expect(second.hub.twins.get("dev1").tags).toEqual({ job: "job1" });
});
