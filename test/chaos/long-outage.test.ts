import { pino } from "pino";
import { expect, test } from "vitest";
import { observeLink } from "../../src/link/observer.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { DEFAULT_POLICY, SECOND } from "../link/policy.ts";
import { hubOn, linkTo } from "../link/support/link-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { startFaultyProxy } from "./support/faulty-proxy.ts";
import { footprint } from "./support/footprint.ts";
import { expectNothingLeft } from "./support/leftovers.ts";

const cleanUp = cleanUpAfterEach();
const OUTAGE = 6 * 3600 * SECOND;

test("an outage of six hours: the link tries on, never seldomer than it says, and is back at the first chance", async () => {
  const hub = await hubOn(cleanUp);
  const proxy = await startFaultyProxy({ host: "127.0.0.1", port: hub.mqttPort });
  cleanUp.add(() => proxy.stop());
  proxy.refuse();
  const logger = pino({ level: "silent" });
  const before = footprint();

  // Each attempt is a real one, on a port that is closed; only the waits between them pass at once.
  const clock = createFakeClock();
  const observer = observeLink(createMetrics({ version: "test", node: "test", commit: "test" }), {
    subscriptionCheck: 600_000,
  });
  const waits: number[] = [];
  let wait = 0;
  let skipping = true;
  const { link } = linkTo(cleanUp, hub, {
    connectionString: hub.deviceConnectionString("pi-1").replace(`:${hub.mqttPort}`, `:${proxy.port}`),
    dialTimeout: 10 * SECOND,
    connectTimeout: 30 * SECOND,
    backoff: DEFAULT_POLICY,
    logger,
    observer: {
      ...observer,
      backoff(milliseconds) {
        observer.backoff(milliseconds);
        wait = milliseconds;
      },
      stateChanged(state) {
        observer.stateChanged(state);
        if (state !== "waiting") return;
        waits.push(wait);
        if (skipping) setImmediate(() => clock.advance(wait));
      },
    },
    clock,
  });

  const began = clock.now();
  link.start();
  await waitUntil("it is over", () => clock.now() - began > OUTAGE, 60_000);
  skipping = false;
  await waitUntil("it waits", () => link.status().state === "waiting");
  expect(link.status().lastFailure).toMatchObject({ class: "network", reason: "ECONNREFUSED" });
  expect(Math.max(...waits)).toBeLessThanOrEqual(DEFAULT_POLICY.networkMax);
  // Full jitter: half of the longest wait, on the average.
  expect(waits.length).toBeGreaterThan(OUTAGE / DEFAULT_POLICY.networkMax);
  expect(clock.pending, "timers that wait").toBeLessThan(5);

  await proxy.heal();
  clock.advance(DEFAULT_POLICY.networkMax);
  await waitUntil("it is online", () => link.status().state === "online");
  expect(await callMethod(hub, "pi-1", { methodName: "any" })).toEqual({
    status: 200,
    payload: "ok",
  });
  await link.stop();
  expect(clock.pending, "timers that were left").toBe(0);
  proxy.stop();
  await hub.stop();
  await expectNothingLeft(before);
}, 120_000);
