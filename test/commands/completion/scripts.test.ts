import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { completionScript } from "../../../src/commands/completion.ts";
import { VERBS } from "../../../src/commands/verbs.ts";
import { configKeys, isSecret } from "../../../src/config/keys.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

/** What bash would offer behind these words, of which the last may be begun. */
async function offered(...words: string[]): Promise<string[]> {
  const file = path.join(await cleanUp.folder(), "script");
  writeFileSync(file, await completionScript("bash"));
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hubhand; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync("bash", ["-c", program, "bash", file, "hubhand", ...words], { encoding: "utf8" });
  return said.split("\n").filter((word) => word !== "");
}

test("first a verb", async () => {
  const verbs = VERBS.map(({ name }) => name);
  expect(await offered("")).toEqual([...verbs, "help", "--help", "--version"]);
  expect(await offered("help", "")).toEqual(verbs);
});

test("then its flags, those of the configuration too, and none that would hold a secret", async () => {
  const flags = await offered("run", "--");
  const keys = configKeys();
  expect(flags).toEqual(
    expect.arrayContaining(["--config", "--help", ...keys.flatMap(({ flag }) => flag ?? [])]),
  );
  for (const { name } of keys.filter(({ setting }) => isSecret(setting))) {
    expect(flags).not.toContain(
      `--${name.replaceAll(".", "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    );
  }
});

test("words where there are few, also behind an equals sign, which bash has as a word of its own", async () => {
  const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
  expect(await offered("run", "--log-level", "")).toEqual(levels);
  expect(await offered("run", "--log-level", "=")).toEqual(levels);
  expect(await offered("check", "--log-level", "=", "de")).toEqual(["debug"]);
  expect(await offered("new-plugin", "soil", "--kind", "")).toEqual([
    "module",
    "executable",
    "daemon",
    "http",
  ]);
});

test("nothing where a shell cannot know", async () => {
  expect(await offered("call", "")).toEqual([]);
  expect(await offered("demo", "--every", "")).toEqual([]);
});
