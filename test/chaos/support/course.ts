import { describe, expect, it } from "vitest";
import { type CleanUp, cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { type AgentUnderTest, QUICK_LIMITS } from "./agent.ts";
import type { BadMoment, Fault } from "./fault.ts";
import { type Footprint, footprint } from "./footprint.ts";
import { expectNothingLeft } from "./leftovers.ts";
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

interface Stage<S extends Scene> {
  readonly scene: S;
  /** What this process held on to before there was a scene. */
  readonly before: Footprint;
}

/** Makes two tests of each fault: that the agent comes back from it, and that it can be stopped in the midst of it. */
export function testFaults<S extends Scene>(
  title: string,
  { open, faults }: { open: OpenScene<S>; faults: readonly Fault<S>[] },
): void {
  const setUp = stageFor(open);

  describe.each(faults.map((fault) => [fault.name, fault] as const))(
    `${title}: the agent survives %s`,
    (_name, fault) => {
      const { lasting } = fault;

      it("and answers afterwards", async () => {
        const { scene, before } = await begin(await setUp(), fault);
        const { agent } = scene;
        if (lasting === undefined) await passes(agent, fault);
        else await watchWhileOffline(agent, lasting);
        const limit = await backWithin(agent);
        await fault.heal?.(scene);
        await expectBack(scene, limit);
        await fault.afterwards?.(scene);
        await expectOnlyTruthTold(agent, fault);
        await expectOrderlyEnd({ scene, before });
      });

      if (lasting === undefined) return;
      it("and can be stopped in the midst of it", async () => {
        const { scene, before } = await begin(await setUp(), fault);
        await watchWhileOffline(scene.agent, lasting);
        await expectOrderlyEnd({ scene, before });
      });
    },
  );
}

/** Makes a test of each bad moment to be told to stop. */
export function testStops<S extends Scene>(
  title: string,
  { open, moments }: { open: OpenScene<S>; moments: readonly BadMoment<S>[] },
): void {
  const setUp = stageFor(open);

  describe(title, () => {
    it.each(moments.map((moment) => [moment.name, moment] as const))(
      "the agent stops in time %s",
      async (_name, { config, arrange, meanwhile }) => {
        const { scene, before } = await begin(await setUp(), { strike: arrange, ...(config && { config }) });
        await expectOrderlyEnd({ scene, before }, meanwhile);
      },
    );
  });
}

/** Makes scenes in which what is loaded once and for all is loaded, so that it does not count as left over. */
function stageFor<S extends Scene>(open: OpenScene<S>): () => Promise<Stage<S>> {
  const cleanUp = cleanUpAfterEach();
  let warm = false;
  const openCleanly = async (): Promise<S> => {
    const scene = await open(cleanUp);
    cleanUp.add(() => scene.close());
    return scene;
  };
  return async () => {
    if (!warm) {
      const scene = await openCleanly();
      await scene.startAgent();
      await expectBack(scene);
      await scene.agent.stop();
      await scene.close();
      warm = true;
    }
    const before = footprint();
    return { scene: await openCleanly(), before };
  };
}

async function begin<S extends Scene>(
  stage: Stage<S>,
  { strike, config, fromTheStart = false }: Pick<Fault<S>, "strike" | "config" | "fromTheStart">,
): Promise<Stage<S>> {
  const { scene } = stage;
  if (fromTheStart) await strike(scene);
  await scene.startAgent(config);
  if (!fromTheStart) {
    await expectBack(scene);
    await strike(scene);
  }
  return stage;
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
async function expectOrderlyEnd<S extends Scene>(
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
