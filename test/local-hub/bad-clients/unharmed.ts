import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { LocalHub, LocalHubOptions } from "../../../src/local-hub/index.ts";
import { startTestHub, type TestHub } from "../support/hub.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { callMethod } from "../support/rest.ts";

/** How many times the usual number of attempts each test makes: `BAD_CLIENTS=100 npx vitest run test/local-hub/bad-clients`. */
export const FACTOR = Number(process.env.BAD_CLIENTS ?? 1);
const LIMIT_MS = 15_000;

/** For fast-check. The time is as long as the attempts are many. */
export const attempts = (usual: number): { numRuns: number } => ({ numRuns: Math.ceil(usual * FACTOR) });
export const TEST_LIMIT_MS = 30_000 * Math.max(1, FACTOR);

export interface BesiegedHub extends TestHub {
  /** The hub is up and does its work, nothing went wrong inside it, and no socket is left of those who came meanwhile. */
  expectUnharmed(): Promise<void>;
}

/** Whose keys the bad ones have: so many attack at once, since most of the time goes into handshakes. */
export const BAD_DEVICES = Array.from({ length: 10 }, (_, index) => `bad${index}`);
/** For fast-check. */
export const AT_ONCE = { minLength: BAD_DEVICES.length, maxLength: BAD_DEVICES.length };

/** A hub with the devices `dev1`, which is good, and `dev2` and others, whose keys the bad ones have. */
export async function startBesiegedHub(options: LocalHubOptions = {}): Promise<BesiegedHub> {
  const started = await startTestHub({ ...options, devices: ["dev1", "dev2", ...BAD_DEVICES] });
  const before = openSockets();
  return {
    ...started,
    async expectUnharmed() {
      if (started.hub.registry.get("dev1") === undefined)
        await started.hub.registry.create({ deviceId: "dev1" });
      await expectAlive(started.hub);
      const deadline = performance.now() + LIMIT_MS;
      while (openSockets() > before && performance.now() < deadline) await delay(10);
      expect(openSockets()).toBeLessThanOrEqual(before);
      expect(started.events.filter(({ event }) => event === "fault")).toEqual([]);
    },
  };
}

export async function expectAlive(hub: LocalHub): Promise<void> {
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const answer = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  (await device.nextCall()).reply(200, "null");
  expect((await answer).status).toBe(200);
  await device.disconnect();
}

/** Of the whole process, the hub's side and the clients'. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCPSocket|TLS)Wrap$/.test(name)).length;
}
