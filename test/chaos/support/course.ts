import { describe, expect, it } from "vitest";
import { type CleanUp, cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { type AgentUnderTest, QUICK_LIMITS } from "./agent.ts";
import type { Fault } from "./fault.ts";
import { expectNothingLeft, footprint } from "./leftovers.ts";
import { readiness, scrape } from "./look.ts";
import type { Scene } from "./scene.ts";
import {
  expectOnlineEverywhere,
  expectOnlyTruthTold,
  failuresIn,
  toldOf,
  watchWhileOffline,
} from "./truth.ts";

/** What a connection may take, from its first packet to the SUBACK, on a machine that is busy with other tests. */
const CONNECT_ALLOWANCE_MS = 3_000;
/** How long an agent may take to stop, whatever its network does: drain, goodbye, and the same allowance. */
const STOP_ALLOWANCE_MS = 500 + 500 + CONNECT_ALLOWANCE_MS;

export type OpenScene<S extends Scene> = (cleanUp: CleanUp) => Promise<S>;

/** Makes two tests of each fault: that the agent comes back from it, and that it can be stopped in the midst of it. */
export function testFaults<S extends Scene>(
  title: string,
  { open, faults }: { open: OpenScene<S>; faults: readonly Fault<S>[] },
): void {
  const cleanUp = cleanUpAfterEach();
  let warm = false;

  /** A scene in which what is loaded once and for all is loaded, so that it does not count as left over. */
  async function begin(fault: Fault<S>): Promise<{ scene: S; before: ReturnType<typeof footprint> }> {
    if (!warm) {
      const first = await open(cleanUp);
      await first.startAgent();
      await expectBack(first);
      await first.agent.stop();
      await first.close();
      warm = true;
    }
    const before = footprint();
    const scene = await open(cleanUp);
    cleanUp.add(() => scene.close());
    if (fault.fromTheStart === true) await fault.strike(scene);
    await scene.startAgent(fault.config);
    cleanUp.add(() => scene.agent.stop().catch(() => {}));
    if (fault.fromTheStart !== true) {
      await expectBack(scene);
      await fault.strike(scene);
    }
    return { scene, before };
  }

  describe(title, () => {
    describe.each(faults.map((fault) => [fault.name, fault] as const))(
      "the agent survives %s",
      (_name, fault) => {
        it("and answers afterwards", async () => {
          const { scene, before } = await begin(fault);
          const { agent } = scene;
          if (fault.lasting !== undefined) await watchWhileOffline(agent, fault.lasting);
          else await passes(agent, fault);
          const limit = await backWithin(agent);
          await fault.heal?.(scene);
          await expectBack(scene, limit);
          await fault.afterwards?.(scene);
          await expectOnlyTruthTold(agent, fault);
          await expectOrderlyEnd(scene, before);
        });

        const { lasting } = fault;
        if (lasting === undefined) return;
        it("and can be stopped in the midst of it", async () => {
          const { scene, before } = await begin(fault);
          await watchWhileOffline(scene.agent, lasting);
          await expectOrderlyEnd(scene, before);
        });
      },
    );
  });
}

async function passes(agent: AgentUnderTest, { passing: [first] = [] }: Fault): Promise<void> {
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
async function backWithin(agent: AgentUnderTest): Promise<number> {
  const series = await scrape(agent);
  const waiting = series('hubhand_link_state{state="waiting"}') === 1;
  const rest = waiting
    ? series("hubhand_link_backoff_seconds") * 1000
    : QUICK_LIMITS.connectMs + QUICK_LIMITS.backoffMs;
  return rest + CONNECT_ALLOWANCE_MS;
}

/** The agent is online within a time, says so everywhere, and answers. */
async function expectBack(scene: Scene, limitMs = 10_000): Promise<void> {
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
async function expectOrderlyEnd(scene: Scene, before: ReturnType<typeof footprint>): Promise<void> {
  const began = performance.now();
  await scene.agent.stop();
  expect(performance.now() - began, "the time it took to stop").toBeLessThan(STOP_ALLOWANCE_MS);
  await waitUntil("the agent's connections are closed", () => scene.proxy.open === 0);
  await scene.close();
  await expectNothingLeft(before);
}
