import fc from "fast-check";
import { expect, test } from "vitest";
import { costOf } from "../../src/local-hub/limits/rest-cost.ts";
import {
  createLimits,
  type LimitKind,
  type LimitsChoice,
} from "../../src/local-hub/limits/service-limits.ts";
import { type Bucket, fullBucket, take } from "../../src/local-hub/limits/token-bucket.ts";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice, openRawDevice } from "./support/raw-device.ts";
import { callMethod, callRest } from "./support/rest.ts";

const NOW = Date.parse("2026-11-29T08:00:00Z");

/** How many operations pass at once, and how long the next has to wait. */
function burst(choice: LimitsChoice, kind: LimitKind, size?: number) {
  const limits = createLimits({ choice, now: () => NOW, onThrottled: () => {} });
  for (let count = 0; ; count += 1) {
    const waitMs = limits.take(kind, size);
    if (waitMs > 0) return { count, waitMs };
  }
}

test.each<[LimitKind, number, number]>([
  ["registry", 100, 600],
  ["connections", 100, 10],
  ["cloudToDevice", 100, 600],
  ["queries", 20, 3000],
  ["twinReads", 100, 10],
  ["twinUpdates", 50, 20],
  ["jobs", 100, 600],
  ["configurations", 20, 3000],
])("a unit of S1 takes of %s %i at once, and the next after %i ms", (kind, count, waitMs) => {
  expect(burst("S1", kind)).toEqual({ count, waitMs });
});

test("methods are counted in 4 KiB: 40 small ones a second, 20 of 5 KiB, one of 128 KiB", () => {
  expect(burst("S1", "methods", 1)).toEqual({ count: 40, waitMs: 25 });
  expect(burst("S1", "methods", 5 * 1024)).toEqual({ count: 20, waitMs: 50 });
  expect(burst("S1", "methods", 128 * 1024).count).toBe(1);
});

test("more units have more of what counts by unit; a factor makes all of it smaller", () => {
  expect(burst({ tier: "S1", units: 9 }, "registry").count).toBe(900);
  expect(burst({ tier: "S1", units: 9 }, "connections").count).toBe(108);
  expect(burst({ tier: "S1", units: 9 }, "twinReads").count).toBe(100);
  expect(burst({ tier: "S1", factor: 0.05 }, "registry").count).toBe(5);
  // Less than one meter: one call passes, and the next waits for all of it.
  expect(burst({ tier: "S1", factor: 0.01 }, "methods")).toEqual({ count: 1, waitMs: 2500 });
});

test("whoever waits as long as told is let in, and in the long run no more than the rate", () => {
  const rate = { perSecond: 10, burst: 20 };
  const request = fc.record({
    size: fc.integer({ min: 1, max: 50 }),
    after: fc.integer({ min: -100, max: 3000 }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 50 }), (requests) => {
      let now = NOW;
      let latest = NOW;
      let bucket: Bucket = fullBucket(rate, now);
      let taken = 0;
      for (const { size, after } of requests) {
        now += after;
        latest = Math.max(latest, now);
        const first = take(bucket, { rate, size, now });
        const second =
          first.waitMs === 0 ? first : take(first.bucket, { rate, size, now: now + first.waitMs });
        if (first.waitMs > 0) now += first.waitMs;
        expect(second.waitMs).toBe(0);
        bucket = second.bucket;
        taken += size;
      }
      // Every step back of the clock gives what it took, once.
      const elapsed = requests.reduce(
        (sum, { after }) => sum + Math.max(0, -after),
        Math.max(latest, now) - NOW,
      );
      expect(taken).toBeLessThanOrEqual(rate.burst + 50 + (elapsed / 1000) * rate.perSecond + 1);
    }),
  );
});

test("a clock that is put back gives nothing, and takes nothing away", () => {
  const rate = { perSecond: 1, burst: 2 };
  const { bucket } = take(fullBucket(rate, NOW), { rate, size: 1, now: NOW });
  const back = take(bucket, { rate, size: 1, now: NOW - 10_000 });
  expect(back.waitMs).toBe(0);
  expect(take(back.bucket, { rate, size: 1, now: NOW - 10_000 }).waitMs).toBe(1000);
});

test.each([
  ["GET", "/devices", "registry"],
  ["PUT", "/devices/{deviceId}/modules/{moduleId}", "registry"],
  ["GET", "/statistics/devices", "registry"],
  ["POST", "/devices/query", "queries"],
  ["GET", "/twins/{deviceId}", "twinReads"],
  ["PATCH", "/twins/{deviceId}/modules/{moduleId}", "twinUpdates"],
  ["POST", "/twins/{deviceId}/methods", "methods"],
  ["GET", "/digitaltwins/{id}", "twinReads"],
  ["PATCH", "/digitaltwins/{id}", "twinUpdates"],
  ["POST", "/digitaltwins/{id}/commands/{command}", "methods"],
  ["PUT", "/jobs/v2/{jobId}", "jobs"],
  ["GET", "/configurations", "configurations"],
  ["POST", "/devices/{deviceId}/applyConfigurationContent", "configurations"],
  ["DELETE", "/devices/{deviceId}/commands", "cloudToDevice"],
  ["POST", "/hubhand/devices/{deviceId}/messages", "cloudToDevice"],
  ["GET", "/hubhand/messages/events", undefined],
  ["GET", "/other", undefined],
])("%s %s counts as %s", (method, path, kind) => {
  expect(costOf({ method, path, bytes: 5 })?.kind).toBe(kind);
});

test("above its limits the hub answers 429, says when to come again, and takes whoever does", async () => {
  let now = Date.now();
  const limits = { tier: "S1", factor: 0.02 } as const;
  const { hub, seen } = await startTestHub({ limits, now: () => now, devices: ["dev1"] });
  const registry = registryClient(hub);
  await registry.get("dev1");
  await registry.get("dev1");
  await expect(registry.get("dev1")).rejects.toMatchObject({ name: "ThrottlingError" });
  expect(await seen("throttled")).toMatchObject({ limit: "registry", retryAfterMs: 30_000 });
  const answer = await callRest({ hub, path: "/devices/dev1" });
  expect(answer).toMatchObject({
    status: 429,
    headers: { "iothub-errorcode": "ThrottlingException", "retry-after": "30" },
  });
  now += 30_000;
  expect((await callRest({ hub, path: "/devices/dev1" })).status).toBe(200);
  // Each limit is by itself.
  expect((await callRest({ hub, path: "/twins/dev1" })).status).toBe(200);
  const call = () => callMethod({ hub, deviceId: "dev1", methodName: "ping" });
  expect([(await call()).status, (await call()).status]).toEqual([404, 429]);
});

test("devices are throttled too: at their login with CONNACK 3, at their twin with 429", async () => {
  let now = Date.now();
  const limits = { tier: "S1", factor: 0.01 } as const;
  const { hub, seen } = await startTestHub({ limits, now: () => now, devices: ["dev1", "dev2"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  const late = await openRawDevice(hub);
  expect(await late.login({ hub, deviceId: "dev2" })).toMatchObject({ returnCode: 3 });
  expect(await seen("refused")).toMatchObject({ deviceId: "dev2", reason: expect.stringMatching(/limits/) });

  await device.subscribe([{ topic: "$iothub/twin/res/#" }]);
  const read = async () => {
    device.publish("$iothub/twin/GET/?$rid=1", "");
    return device.nextPublish();
  };
  expect((await read()).topic).toBe("$iothub/twin/res/200/?$rid=1");
  const refused = await read();
  expect(refused.topic).toBe("$iothub/twin/res/429/?$rid=1");
  expect(JSON.parse(refused.payload)).toMatchObject({ errorCode: 429001 });
  now += 1000;
  expect((await read()).topic).toBe("$iothub/twin/res/200/?$rid=1");
  await connectRawDevice({ hub, deviceId: "dev2" });
});

test("a job turns to ten devices a second, and is not refused", async () => {
  let now = NOW;
  const limits = createLimits({ choice: "S1", now: () => now, onThrottled: () => expect.unreachable() });
  const { signal } = new AbortController();
  for (let n = 0; n < 10; n += 1) await limits.room("jobDevices", signal);
  const next = limits.room("jobDevices", signal).then(() => "let in");
  expect(await Promise.race([next, "waiting"])).toBe("waiting");
  now += 100;
  expect(await next).toBe("let in");

  const cancelled = new AbortController();
  const never = limits.room("jobDevices", cancelled.signal);
  cancelled.abort();
  await never;
});

test("a hub with limits lets its jobs take their time", async () => {
  const devices = Array.from({ length: 7 }, (_, n) => `dev${n}`);
  const { hub, seen } = await startTestHub({ limits: { tier: "S1", factor: 0.5 }, devices });
  const body = {
    type: "scheduleUpdateTwin",
    updateTwin: { tags: { a: 1 } },
    queryCondition: "*",
    startTime: new Date().toISOString(),
    maxExecutionTimeInSeconds: 60,
  };
  const startedAt = Date.now();
  expect((await callRest({ hub, method: "PUT", path: "/jobs/v2/job1", body })).status).toBe(200);
  await seen("job-changed", { fits: ({ status }) => status === "completed" });
  expect(Date.now() - startedAt).toBeGreaterThan(350);
  expect(devices.map((id) => hub.twins.get(id).tags)).toEqual(devices.map(() => ({ a: 1 })));
});

test("a hub of S1 has one job under way at a time, beside those for later", async () => {
  const { hub, seen } = await startTestHub({ limits: "S1", devices: ["dev1"] });
  const put = (jobId: string, startTime = new Date().toISOString()) => {
    // As long as its device is away it is not over.
    const cloudToDeviceMethod = { methodName: "m", connectTimeoutInSeconds: 300 };
    const body = { type: "scheduleDeviceMethod", cloudToDeviceMethod, queryCondition: "*", startTime };
    return callRest({ hub, method: "PUT", path: `/jobs/v2/${jobId}`, body });
  };
  expect((await put("later", "2100-01-01T00:00:00Z")).status).toBe(200);
  expect((await put("first")).status).toBe(200);
  await seen("job-changed", { fits: ({ status }) => status === "running" });
  expect(await put("second")).toMatchObject({
    status: 429,
    headers: { "iothub-errorcode": "ThrottlingMaxActiveJobCountExceeded" },
  });
  await callRest({ hub, method: "POST", path: "/jobs/v2/first/cancel" });
  expect((await put("second")).status).toBe(200);
});

test("without limits there are none", () => {
  const limits = createLimits({ choice: undefined, now: () => NOW, onThrottled: () => {} });
  const waits = Array.from({ length: 1000 }, () => limits.take("queries"));
  expect(new Set(waits)).toEqual(new Set([0]));
});

test.each([
  ["a tier that there is not", "S9"],
  ["half a unit", { tier: "S1", units: 0.5 }],
  ["no factor", { tier: "S1", factor: 0 }],
])("%s is refused before the hub starts", async (_what, limits) => {
  await expect(startTestHub({ limits: limits as LimitsChoice })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
});
