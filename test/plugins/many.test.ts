import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { openPluginFolder } from "./folder.ts";

const cleanUp = cleanUpAfterEach();
const MANY = 40;

it("many plugins start a few at a time: none is late because others were before it", async () => {
  const names = Array.from({ length: MANY }, (_, n) => `plugin-${n}`);
  // What each computes at its import would take all of them past an import's time if they began together.
  const text = (name: string) =>
    `const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);
     export default { methods: { "${name}": () => 1 } };`;
  const folder = await openPluginFolder(
    cleanUp,
    Object.fromEntries(names.map((name) => [`${name}.mjs`, text(name)])),
  );
  expect(folder.set.status().filter(({ up }) => !up)).toEqual([]);
  const replies = await Promise.all(names.map((name) => folder.call(name)));
  expect(replies.map(({ status }) => status)).toEqual(names.map(() => 200));
}, 300_000);
