import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandLineMarkdown } from "../../src/commands/reference.ts";
import { VERBS } from "../../src/commands/verbs.ts";

test("docs/reference/command-line.md is what the commands say: run `npm run docs`", async () => {
  const shipped = readFileSync(new URL("../../docs/reference/command-line.md", import.meta.url), "utf8");
  const written = await commandLineMarkdown();
  expect(shipped).toBe(written);
  for (const { name } of VERBS) expect(written).toContain(`\n### ${name}\n`);
  expect(written).toContain("| `--ca-file <pem>` | the CA certificates to trust for this hub");
});
