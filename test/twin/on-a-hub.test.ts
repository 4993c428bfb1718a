import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { checkedPatch, checkSize, sizeOf as sizeAtTheHub } from "../../src/local-hub/twins/limits.ts";
import type { JsonObject } from "../../src/local-hub/twins/twins.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { NONE_YET } from "../../src/twin/last-good.ts";
import { reportableObject, SIZE_LIMIT, sizeOf } from "../../src/twin/limits.ts";
import { nextReported } from "../../src/twin/next-reported.ts";
import { createTwin, type Twin } from "../../src/twin/twin.ts";
import { hubOn, linkTo } from "../link/support/link-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/wait-until.ts";
import { part } from "./support/scene.ts";

const cleanUp = cleanUpAfterEach();

test("what was desired while a device was away is in force, and acknowledged, within a second of its return", async () => {
  const hub = await hubOn(cleanUp);
  const [root, relay] = [part(undefined), part("relay")];
  const twin: Twin = createTwin({
    follow: true,
    lastGood: NONE_YET,
    store: { save: async () => true },
    writables: () => [root, relay],
    snapshot: () => ({ agent: { version: "1" } }),
    metrics: createMetrics({ version: "test", node: "test", commit: "test" }),
    logger: pino({ level: "silent" }),
  });
  cleanUp.add(() => twin.stop());
  const reported = () => hub.twins.get("pi-1").properties.reported;
  let onlineAt = Number.NaN;
  const { link } = linkTo(cleanUp, hub, {
    onOnline(session) {
      onlineAt = performance.now();
      twin.online(session);
    },
    onDesired: twin.pushed,
    onChecked: twin.checked,
  });
  link.start();
  await waitUntil("it has reported", () => reported().agent !== undefined);

  for (const speed of [1, 2, 3]) {
    const fault = hub.faults.add({ kind: "refuse-login", returnCode: 3 });
    hub.disconnect("pi-1");
    await waitUntil("it is offline", () => link.status().state !== "online");
    hub.twins.patch("pi-1", { properties: { desired: { speed, relay: { __t: "c", speed } } } });
    hub.faults.remove(fault.id);
    await waitUntil("it is acknowledged", () =>
      JSON.stringify(reported().relay)?.includes(`"value":${speed}`),
    );
    expect(performance.now() - onlineAt).toBeLessThan(1_000);
    expect(root.inForce.get("speed")).toBe(speed);
    expect(reported().speed).toEqual({ value: speed, ac: 200, av: speed + 1 });
  }

  hub.twins.replace("pi-1", { properties: { desired: { size: 5 } } });
  await waitUntil("the replacement is acknowledged", () => reported().speed === undefined);
  expect(Object.fromEntries(root.inForce)).toEqual({ size: 5 });
  expect(reported()).toMatchObject({ size: { value: 5, ac: 200, av: 5 } });
  expect(Object.keys(reported())).not.toContain("relay");
});

test("whatever is to be reported, the hub takes what becomes of it", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 15, stringUnit: "binary" })),
      (told) => {
        const reported = reportableObject(told) as JsonObject;
        checkedPatch(reported);
        expect(sizeOf(reported)).toBe(sizeAtTheHub(reported));
      },
    ),
    { numRuns: 60 },
  );
});

test("whatever is acknowledged and told, all of it fits into the twin", () => {
  const text = fc.integer({ min: 0, max: 6_000 }).map((length) => "ö".repeat(length));
  const values = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.oneof(text, fc.dictionary(fc.string(), text)),
    {
      maxKeys: 12,
    },
  );
  fc.assert(
    fc.property(values, values, (acknowledged, told) => {
      const answers = Object.entries(acknowledged).map(
        ([name, value]) => [name, { status: 200, value, version: 1 }] as const,
      );
      const { next } = nextReported({
        known: {},
        answers: new Map([["", new Map(answers)]]),
        snapshot: (brevity) => ({ agent: { version: "1" }, ...(brevity < 3 ? { plugins: told } : {}) }),
        isDesired: () => true,
        version: 1,
      });
      checkSize("Properties.Reported", sizeAtTheHub(checkedPatch(next)));
      expect(sizeOf(next)).toBeLessThanOrEqual(SIZE_LIMIT);
      expect(Object.keys(next)).toEqual(expect.arrayContaining(Object.keys(acknowledged)));
    }),
    { numRuns: 50 },
  );
});
