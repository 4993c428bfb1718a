import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const MOST = 32 * 1024;

it("declarations that are slow to parse hold up nobody, however often they change", async () => {
  const keys = Array.from({ length: 20_000 }, (_, n) => `a${n}: ${n}`).join("\n");
  const texts = {
    "keys.plugin.yaml": keys.slice(0, MOST - 20).replace(/\n[^\n]*$/, ""),
    "lists.plugin.yaml": `a: [${"[],".repeat(MOST / 3 - 10)}]`,
    "large.plugin.yaml": keys,
  };
  const scene = await startCruel(cleanUp, texts, { HUBHAND_PLUGINS_RELOAD: "true" });
  await scene.pinging(async () => {
    for (const [name, text] of Object.entries(texts)) {
      const told = (): number =>
        scene.agent
          .lines()
          .filter(({ plugin, level }) => plugin === name.split(".", 1)[0] && level === "error").length;
      await waitUntil("it is told", () => told() > 0);
      const before = told();
      await writeFile(path.join(scene.plugins, name), `${text}\n`);
      await waitUntil("it is told again", () => told() > before);
    }
  });
  expect((await scene.call("good")).payload).toBe("here");
});
