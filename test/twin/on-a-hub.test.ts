import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import type { LinkOptions } from "../../src/link/link.ts";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { checkedPatch, checkSize, sizeOf as sizeAtTheHub } from "../../src/local-hub/twins/limits.ts";
import type { JsonObject } from "../../src/local-hub/twins/twins.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { NONE_YET } from "../../src/twin/last-good.ts";
import { reportableObject, SIZE_LIMIT, sizeOf } from "../../src/twin/limits.ts";
import { nextReported } from "../../src/twin/next-reported.ts";
import { createTwin, type Twin } from "../../src/twin/twin.ts";
import { hubOn, linkTo } from "../link/support/link-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { part } from "./support/scene.ts";

const cleanUp = cleanUpAfterEach();

/** A twin that takes `speed` and `size`, itself and as "relay", on a link to that hub that has come online. */
async function twinOn(hub: LocalHub, options: Partial<LinkOptions> = {}) {
  const [root, relay] = [part(undefined), part("relay")];
  const twin: Twin = createTwin({
    follow: true,
    lastGood: NONE_YET,
    store: { save: async () => true },
    writables: () => [root, relay],
    snapshot: () => ({ agent: { version: "1" } }),
    metrics: createMetrics({ version: "test", node: "test", commit: "test" }),
    logger: pino({ level: "silent" }),
    // Its backoff is short.
    random: () => 0.05,
  });
  cleanUp.add(() => twin.stop());
  let onlineAt = Number.NaN;
  const { link } = linkTo(cleanUp, hub, {
    onOnline(session) {
      onlineAt = performance.now();
      twin.online(session);
    },
    onDesired: twin.pushed,
    onChecked: twin.checked,
    ...options,
  });
  link.start();
  const reported = () => hub.twins.get("pi-1").properties.reported;
  await waitUntil("it has reported", () => reported().agent !== undefined);
  return { root, relay, link, reported, onlineAt: () => onlineAt };
}

test("what was desired while a device was away is in force, and acknowledged, within a second of its return", async () => {
  const hub = await hubOn(cleanUp);
  const { root, link, reported, onlineAt } = await twinOn(hub);
  for (const speed of [1, 2, 3]) {
    const fault = hub.faults.add({ kind: "refuse-login", returnCode: 3 });
    hub.disconnect("pi-1");
    await waitUntil("it is offline", () => link.status().state !== "online");
    hub.twins.patch("pi-1", { properties: { desired: { speed, relay: { __t: "c", speed } } } });
    fault.remove();
    await waitUntil("it is acknowledged", () =>
      JSON.stringify(reported().relay)?.includes(`"value":${speed}`),
    );
    expect(performance.now() - onlineAt()).toBeLessThan(1_000);
    expect(root.inForce.get("speed")).toBe(speed);
    expect(reported().speed).toEqual({ value: speed, ac: 200, av: speed + 1 });
  }

  hub.twins.replace("pi-1", { properties: { desired: { size: 5 } } });
  await waitUntil("the replacement is acknowledged", () => reported().speed === undefined);
  expect(Object.fromEntries(root.inForce)).toEqual({ size: 5 });
  expect(reported()).toMatchObject({ size: { value: 5, ac: 200, av: 5 } });
  expect(Object.keys(reported())).not.toContain("relay");
});

test("a hub that fails at three things in ten, and loses the rest at times, has its way in the end", async () => {
  const hub = await hubOn(cleanUp);
  const { root, relay, reported } = await twinOn(hub, { connectTimeout: 1_000, subscriptionCheck: 200 });
  const fault = hub.faults.add({ kind: "brown-out", percent: 30, seed: 7 });
  const answered = (of: unknown) => JSON.stringify(of ?? null);
  for (let speed = 1; speed <= 20; speed += 1) {
    hub.twins.patch("pi-1", { properties: { desired: { speed, relay: { __t: "c", size: speed } } } });
    if (speed % 5 === 0) hub.disconnect("pi-1");
    await waitUntil("it has noticed", () => root.inForce.get("speed") === speed);
  }
  fault.remove();
  await waitUntil("all is acknowledged", () => {
    const { speed, relay: component } = reported();
    return answered(speed).includes('"av":21') && answered(component).includes('"av":21');
  });
  expect(relay.inForce.get("size")).toBe(20);
  expect(reported()).toMatchObject({
    speed: { value: 20, ac: 200 },
    relay: { size: { value: 20, ac: 200 } },
  });
});

test("whatever is to be reported, the hub takes what becomes of it", () => {
  // fast-check's own "binary" texts take seconds to be prepared.
  const letter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((code) => String.fromCharCode(code));
  const text = fc.array(letter, { maxLength: 10 }).map((letters) => letters.join(""));
  const number = fc.oneof(fc.double(), fc.maxSafeInteger());
  const scalar = fc.oneof(text, number, fc.boolean(), fc.constantFrom(null, undefined, "ö".repeat(3_000)));
  const value = fc
    .tuple(fc.oneof(scalar, fc.array(scalar), fc.dictionary(text, scalar)), fc.nat(14), fc.boolean())
    .map(([inner, depth, inArray]) => {
      let wrapped: unknown = inner;
      for (let level = 0; level < depth; level += 1) wrapped = inArray ? [wrapped, 1] : { in: wrapped };
      return wrapped;
    });
  fc.assert(
    fc.property(fc.dictionary(text, value, { maxKeys: 5 }), (told) => {
      const reported = reportableObject(told) as JsonObject;
      checkedPatch(reported);
      expect(sizeOf(reported)).toBe(sizeAtTheHub(reported));
    }),
    { numRuns: 200 },
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
      });
      checkSize("Properties.Reported", sizeAtTheHub(checkedPatch(next)));
      expect(sizeOf(next)).toBeLessThanOrEqual(SIZE_LIMIT);
      expect(Object.keys(next)).toEqual(expect.arrayContaining(Object.keys(acknowledged)));
    }),
    { numRuns: 50 },
  );
});
