import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { completionScript } from "../../../src/commands/completion.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

/** How each is started without anybody's settings, and what it needs before a script. */
const SHELLS = {
  bash: {
    start: "bash --norc --noprofile -i",
    before: "",
    define: 'hubhand() { printf "<%s>" "$@" > typed; }',
  },
  zsh: {
    start: "zsh -f -i",
    before: "autoload -U compinit; compinit -u -D; ",
    define: 'hubhand() { printf "<%s>" "$@" > typed; }',
  },
  fish: {
    start: "fish --no-config --interactive",
    before: "",
    define: 'function hubhand; printf "<%s>" $argv > typed; end',
  },
} as const;
type Shell = keyof typeof SHELLS;

/** Not all shells are on all machines; `script` gives them a terminal. */
const isHere = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
const here = (Object.keys(SHELLS) as Shell[]).filter((shell) => isHere("script") && isHere(shell));
const absent = Object.keys(SHELLS).filter((shell) => !here.includes(shell as Shell));
if (absent.length > 0)
  process.stderr.write(`SKIPPED: completion in ${absent.join(", ")}, which is not here\n`);

/** Types keys at a shell's terminal, with a folder `plugins-here` and a file there; the words that hubhand got. */
async function typed(shell: Shell, keys: string): Promise<string> {
  const folder = await cleanUp.folder();
  mkdirSync(path.join(folder, "plugins-here"));
  writeFileSync(path.join(folder, "my settings.yaml"), "");
  writeFileSync(path.join(folder, "script"), await completionScript(shell));
  const { start, before, define } = SHELLS[shell];
  const { PATH } = process.env;
  const terminal = spawn("script", ["-qec", start, "/dev/null"], {
    cwd: folder,
    env: { PATH, HOME: folder, TERM: "dumb" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  cleanUp.add(() => terminal.kill("SIGKILL"));
  // Both in one write: what is typed ahead waits in the terminal.
  terminal.stdin.write(`${before}source ./script; ${define}\n${keys}\n`);
  const file = path.join(folder, "typed");
  const got = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  await waitUntil(`${shell} to run the command`, () => got().endsWith(">"));
  const ended = once(terminal, "exit");
  terminal.stdin.end("exit\n");
  await ended; // It may have something to write to its folder.
  return got().replaceAll(/(--[a-z-]+)=/g, "$1><");
}

describe.each(Object.keys(SHELLS) as Shell[])("in %s the tabulator key completes", (shell) => {
  test.skipIf(!here.includes(shell))("verbs, flags, words, files and folders", async () => {
    const words = "hubhand ru\t --log-lev\tdeb\t --config my\t --plugins-directory pl\t --log-format=js\t";
    const got = await typed(shell, words);
    expect(got.replace("plugins-here/", "plugins-here")).toBe(
      "<run><--log-level><debug><--config><my settings.yaml><--plugins-directory><plugins-here><--log-format><json>",
    );
  });
});
