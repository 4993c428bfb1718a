import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { writeTypes } from "../../scripts/build.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the types are what a plugin of a stranger is checked against", () => {
  const consumer = mkdtempSync(path.join(tmpdir(), "hubhand-types-"));
  onTestFinished(() => rmSync(consumer, { recursive: true, force: true }));
  const installed = path.join(consumer, "node_modules/hubhand");
  mkdirSync(path.join(installed, "dist"), { recursive: true });
  cpSync(path.join(ROOT, "package.json"), path.join(installed, "package.json"));
  writeTypes(path.join(installed, "dist"));
  // npm installs our dependencies with us; of them the public types name one.
  symlinkSync(path.join(ROOT, "node_modules/pino"), path.join(consumer, "node_modules/pino"));
  const compile = (result: string) => {
    writeFileSync(
      path.join(consumer, "plugin.mts"),
      `import { definePlugin } from "hubhand";
       export default definePlugin({ methods: { a: { timeout: ${result}, handler: () => ({ fine: true }) } } });`,
    );
    const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
    const flags = ["--strict", "--noEmit", "--module", "nodenext", "--types", "", "plugin.mts"];
    return spawnSync(process.execPath, [tsc, ...flags], { cwd: consumer, encoding: "utf8" });
  };
  expect(compile('"5s"').stdout).toBe("");
  expect(compile("true").stdout).toContain("plugin.mts");
});
