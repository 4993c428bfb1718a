import { rename, rm, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const answering = (value: number): string => `export default { methods: { hot: () => ${value} } };`;

it("a plugins folder that is taken away and put back is watched as before", async () => {
  const scene = await startCruel(cleanUp, {}, { HUBHAND_PLUGINS_RELOAD: "true" });
  const file = `${scene.plugins}/hot.mjs`;
  const gone = (): boolean => scene.agent.lines().some(({ msg }) => /does not exist/.test(String(msg)));
  await scene.pinging(async () => {
    await writeFile(file, answering(1));
    await scene.answers("hot");
    await rename(scene.plugins, `${scene.plugins}-away`);
    cleanUp.add(() => rm(`${scene.plugins}-away`, { recursive: true, force: true }));
    await waitUntil("it is told", gone);
    expect((await scene.call("hot")).payload).toBe(1);
    await rename(`${scene.plugins}-away`, scene.plugins);
    // It is looked at again only when it is watched again.
    await waitUntil("the folder is back", async () => {
      const { parts } = (await (await fetch(`${scene.url}/readyz`)).json()) as {
        parts: { plugins: { problem?: string } };
      };
      return parts.plugins.problem === undefined;
    });
    await writeFile(file, answering(2));
    await waitUntil("the new version serves", async () => (await scene.call("hot")).payload === 2);
  });
});
