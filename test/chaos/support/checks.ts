import { expect } from "vitest";
import { waitUntil } from "../../support/time/wait-until.ts";
import { type AgentUnderTest, QUICK_LIMITS } from "./agent.ts";
import type { Fault } from "./fault.ts";
import type { Footprint } from "./footprint.ts";
import { expectNothingLeft } from "./leftovers.ts";
import { readiness, scrape } from "./look.ts";
import type { Scene } from "./scene.ts";
import { expectOnlineEverywhere, failuresIn, toldOf } from "./truth.ts";

/** What a connection may take, from its first packet to the SUBACK, on a machine that is busy with other tests. */
const CONNECT_ALLOWANCE_MS = 3_000;
/** How long an agent may take to stop, whatever its network does: drain, goodbye, and the same allowance. */
const STOP_ALLOWANCE_MS = 500 + 500 + CONNECT_ALLOWANCE_MS;

/** What a test of the course stands on. */
export interface Stage<S extends Scene> {
  readonly scene: S;
  /** What this process held on to before there was a scene. */
  readonly before: Footprint;
}

/** Waits until a fault that passes by itself has been told of. */
export async function passes(agent: AgentUnderTest, { passing: [first] = [] }: Fault): Promise<void> {
  if (first === undefined) return;
  await waitUntil(`it tells of ${first.class} ${first.reason}`, () => toldOf(first, agent.lines())).catch(
    (error: Error) => {
      throw new Error(`${error.message}; it told of ${JSON.stringify(failuresIn(agent.lines()))}`);
    },
  );
}

/**
 * How soon the agent must be back if the fault ended now, in milliseconds: the rest of the wait that it is in, or what
 * an attempt that is doomed already still takes and the longest wait after it; and a connection.
 */
export async function backWithin(agent: AgentUnderTest): Promise<number> {
  const series = await scrape(agent);
  const waiting = series('hubhand_link_state{state="waiting"}') === 1;
  const rest = waiting
    ? series("hubhand_link_backoff_seconds") * 1000
    : QUICK_LIMITS.connectMs + QUICK_LIMITS.backoffMs;
  return rest + CONNECT_ALLOWANCE_MS;
}

/** The agent is online within a time, says so everywhere, and answers. */
export async function expectBack(scene: Scene, limitMs = 10_000): Promise<void> {
  const { agent } = scene;
  await waitUntil("it is online", async () => (await readiness(agent)).status === 200, limitMs).catch(
    (error: Error) => {
      const log = agent.lines().map((line) => JSON.stringify(line));
      throw new Error(`${error.message}\n${log.slice(-20).join("\n")}`);
    },
  );
  expect(await scene.call("echo", { again: true })).toEqual({ status: 200, payload: { again: true } });
  await expectOnlineEverywhere(agent);
}

/** Stops the agent in time, and everything around it; nothing of it is left, on any side. */
export async function expectOrderlyEnd<S extends Scene>(
  { scene, before }: Stage<S>,
  meanwhile?: (scene: S) => unknown,
): Promise<void> {
  const began = performance.now();
  const stopped = scene.agent.stop();
  await meanwhile?.(scene);
  await stopped;
  expect(performance.now() - began, "the time it took to stop").toBeLessThan(STOP_ALLOWANCE_MS);
  await waitUntil("the agent's connections are closed", () => scene.open === 0);
  await scene.close();
  await expectNothingLeft(before);
}
