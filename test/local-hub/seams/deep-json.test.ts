import { expect, test } from "vitest";
import { startTestHub } from "../support/hub.ts";
import { readStream } from "../support/messages.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callRest } from "../support/rest.ts";

/** JSON that Node reads and cannot write again. */
const DEEP = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
const SHALLOW = '{"a":1}';

test("what a device sends that is too deep to be shown as JSON is shown as text, and harms no reader", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const reader = await readStream(hub, "/hubhand/messages/events");
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  for (const body of [DEEP, SHALLOW]) device.publish("devices/dev1/messages/events/", body);
  const { data: deep } = await reader.next();
  expect(deep.text).toBe(DEEP);
  expect(deep).not.toHaveProperty("json");
  expect((await reader.next()).data.json).toEqual({ a: 1 });
});

test("a job goes on when a device's reply is so, and is not made of a request that is", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const put = (jobId: string, payload: string) => {
    const call = `{"methodName":"any","payload":${payload}}`;
    const body = `{"type":"scheduleDeviceMethod","queryCondition":"*","cloudToDeviceMethod":${call}}`;
    return callRest({ hub, method: "PUT", path: `/jobs/v2/${jobId}`, body });
  };
  expect(await put("job1", DEEP)).toMatchObject({
    status: 400,
    text: expect.stringContaining("ArgumentInvalid"),
  });
  const deep = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const shallow = await connectRawDevice({ hub, deviceId: "dev2", methods: true });
  expect((await put("job1", SHALLOW)).status).toBe(200);
  (await deep.nextCall()).reply(200, DEEP);
  (await shallow.nextCall()).reply(200, SHALLOW);
  await seen("job-changed", { fits: ({ status }) => status === "completed" });
  const query = "SELECT * FROM devices.jobs";
  const results = await callRest({ hub, method: "POST", path: "/devices/query", body: { query } });
  expect(results.json()).toMatchObject([
    { outcome: { deviceMethodResponse: { payload: DEEP } } },
    { outcome: { deviceMethodResponse: { payload: { a: 1 } } } },
  ]);
});

test("a clock is not put where there are no dates", async () => {
  const { hub } = await startTestHub();
  for (const by of [1e20, -1e20, 8.6e15]) {
    expect(() => hub.faults.add({ kind: "clock-skew", by })).toThrow(/century/);
  }
  hub.faults.add({ kind: "clock-skew", by: -30 * 365 * 86_400_000 });
  expect((await hub.registry.create({ deviceId: "dev1" })).deviceId).toBe("dev1");
});
