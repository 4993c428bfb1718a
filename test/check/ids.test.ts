import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { CHECK_IDS } from "../../src/check/index.ts";
import { checkWith } from "./support.ts";

it("every check has its id in the list for scripts, in order, and its row in the manual", async () => {
  const { results } = await checkWith({});
  expect(results.map(({ id }) => id)).toEqual([...CHECK_IDS]);
  const manual = await readFile(new URL("../../docs/check.md", import.meta.url), "utf8");
  const rows = [...manual.matchAll(/^\| `([a-z-]+)` \| /gm)].map(([, id]) => id);
  expect(rows.filter((id) => (CHECK_IDS as readonly unknown[]).includes(id))).toEqual([...CHECK_IDS]);
});
