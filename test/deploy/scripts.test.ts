import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { answers, ROOT } from "../container/support/engine.ts";

const SCRIPTS = globSync("deploy/*/*.sh", { cwd: ROOT });
const FOLDER = path.join(ROOT, "deploy/systemd");

const linted = answers("shellcheck", "--version");
if (!linted) process.stderr.write("skipped: shellcheck is not here (Debian's package shellcheck)\n");

test.skipIf(!linted)(
  `the scripts are as shellcheck wants them${linted ? "" : " (skipped: it is not here)"}`,
  () => {
    execFileSync("shellcheck", SCRIPTS, { cwd: ROOT, stdio: "pipe", encoding: "utf8" });
  },
);

test("they are of plain sh", () => {
  expect(SCRIPTS.length).toBeGreaterThan(3);
  for (const script of SCRIPTS) {
    execFileSync("sh", ["-n", script], { cwd: ROOT, stdio: "pipe" });
    expect(readFileSync(path.join(ROOT, script), "utf8"), script).toMatch(/^#!\/bin\/sh\n/);
  }
});

test("the install script can be read before it is run as root", () => {
  const lines = readFileSync(path.join(FOLDER, "install.sh"), "utf8").split("\n");
  expect(lines.length).toBeLessThanOrEqual(225);
});

test("what it asks for wrongly is told in a sentence", () => {
  const ask = (...args: string[]): string => {
    try {
      return execFileSync("sh", ["install.sh", ...args], { cwd: FOLDER, stdio: "pipe", encoding: "utf8" });
    } catch (error) {
      return String((error as { stderr: string }).stderr);
    }
  };
  expect(ask("--packge", "x")).toBe('install.sh: what is "--packge"? (--help)\n');
  expect(ask("--package")).toBe("install.sh: --package wants a value (--help)\n");
  expect(ask("--help")).toContain("install.sh uninstall [--purge]");
});
