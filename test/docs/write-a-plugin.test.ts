import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { daemonFiles } from "../../src/new-plugin/daemon.ts";
import { moduleFiles } from "../../src/new-plugin/module.ts";
import { openPluginFolder } from "../plugins/folder.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const DOCS = path.join(import.meta.dirname, "../../docs");
const text = await readFile(path.join(DOCS, "write-a-plugin.md"), "utf8");
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("SKIPPED: there is no python3 here to run the manual's program with\n");

/** What stands between the fences of a language, in order. */
const blocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code = ""]) => code);

it("shows what new-plugin writes", () => {
  expect(blocks("ts")[0]).toBe(moduleFiles("door-lock", "typescript")[0]?.text);
  const [program, declaration] = daemonFiles("soil", "python");
  expect(blocks("yaml")[0]).toBe(declaration?.text);
  expect(program?.text).toContain(blocks("python")[1]);
});

it.skipIf(!hasPython)("shows a Python program that answers as it says", async () => {
  const { call } = await openPluginFolder(cleanUp, { "hello.py": blocks("python")[0] ?? "" });
  expect(await call("hello", { name: "world" })).toMatchObject({
    status: 200,
    body: { greeting: "hello world" },
  });
  const { status, message = "" } = await call("hello", {});
  expect(status).toBe(500);
  expect(text).toContain(message);
});

it("leads nowhere that is not there", () => {
  for (const [, target = ""] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
    expect(existsSync(path.join(DOCS, target)), target).toBe(true);
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(" ", "-"),
  );
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
});
