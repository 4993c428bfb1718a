import { describe, it } from "vitest";
import { type CleanUp, cleanUpAfterEach } from "../../support/clean-up.ts";
import { backWithin, expectBack, expectOrderlyEnd, passes, type Stage } from "./checks.ts";
import type { BadMoment, Fault } from "./fault.ts";
import { footprint } from "./footprint.ts";
import type { Scene } from "./scene.ts";
import { expectOnlyTruthTold, watchWhileOffline } from "./truth.ts";

export type OpenScene<S extends Scene> = (cleanUp: CleanUp) => Promise<S>;

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
