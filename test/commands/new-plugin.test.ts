import { execFile, spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KINDS } from "../../src/new-plugin/new-plugin.ts";
import { testPlugin } from "../../src/testing/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";

const cleanUp = cleanUpAfterEach();
const LAUNCHER = fileURLToPath(new URL("../../bin/hubhand.js", import.meta.url));
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("SKIPPED: there is no python3 here to run the Python templates with\n");

/** Runs hubhand as its users do, in a folder. */
function hubhand(cwd: string, ...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const { PATH = "", HOME = "" } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [LAUNCHER, ...args],
      { cwd, env: { PATH, HOME, ...COMPILE_CACHE } },
      (error, output, errors) =>
        resolve({
          code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1,
          output,
          errors,
        }),
    );
  });
}

const CASES = Object.entries(KINDS).flatMap(([kind, { languages }]) =>
  languages
    .filter((language) => hasPython || language !== "python")
    .map((language) => [kind, language] as const),
);

describe("a new plugin works as it is written", () => {
  it.each(CASES)("%s in %s: its own test passes, and an agent would serve it", async (kind, language) => {
    const folder = await cleanUp.folder();
    const made = await hubhand(folder, "new-plugin", "door-lock", "--kind", kind, "--language", language);
    expect(made).toMatchObject({ code: 0, errors: "" });
    const next = /npx hubhand (test .*)\n/.exec(made.output)?.[1] ?? "";
    const tested = await hubhand(folder, ...next.split(" "));
    expect(tested.output + tested.errors).toMatch(/fail 0/);
    expect(tested.output).toMatch(/pass [12]/);
    expect(tested.code).toBe(0);
    const [first = ""] = /plugins\/\S+/.exec(made.output) ?? [];
    const file = kind === "module" ? first : path.join(path.dirname(first), "plugin.yaml");
    await using plugin = await testPlugin(path.join(folder, file));
    expect(plugin.name).toBe("door-lock");
    expect(plugin.methods).toEqual(["door-lock.greet"]);
  });

  it("where npm init has made a package of CommonJS, it says what to type first", async () => {
    const folder = await cleanUp.folder();
    const manifest = path.join(folder, "package.json");
    await writeFile(manifest, '{"type":"commonjs"}');
    expect((await hubhand(folder, "new-plugin", "door")).output).toContain(
      "Next:\n  npm pkg set type=module ",
    );
    await writeFile(manifest, '{"type":"module"}');
    expect((await hubhand(folder, "new-plugin", "gate")).output).not.toContain("npm pkg");
  });

  it("a test that fails fails", async () => {
    const folder = await cleanUp.folder();
    await hubhand(folder, "new-plugin", "door-lock");
    const file = path.join(folder, "plugins/door-lock.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace("hello", "goodbye"));
    const { code, output } = await hubhand(folder, "test");
    expect(output).toContain("goodbye world");
    expect(code).toBe(1);
  });
});

describe("what cannot be is told, and nothing is written", () => {
  it.each([
    [["Door Lock"], '"Door Lock" cannot be the name of a new plugin; expected small letters, digits and "-"'],
    [["../door"], "cannot be the name of a new plugin"],
    [
      ["door", "--kind", "deamon"],
      'there is no kind "deamon" for this; expected module, executable, daemon, http. Did you mean daemon?',
    ],
    [["door", "--language", "rust"], 'there is no language "rust" for this; expected typescript, javascript'],
    [[], "missing required argument 'name'"],
  ])("%j", async (args, problem) => {
    const folder = await cleanUp.folder();
    const { code, errors } = await hubhand(folder, "new-plugin", ...args);
    expect(errors).toContain(problem);
    expect(code).toBe(78);
    expect(await readdir(folder)).toEqual([]);
  });

  it("a file that is there is never written over", async () => {
    const folder = await cleanUp.folder();
    await hubhand(folder, "new-plugin", "door");
    const file = path.join(folder, "plugins/door.test.ts");
    await writeFile(file, "mine");
    const { code, errors } = await hubhand(folder, "new-plugin", "door");
    expect(code).toBe(78);
    expect(errors).toContain("plugins/door.ts is there already; choose another name, or remove it first");
    expect(await readFile(file, "utf8")).toBe("mine");
  });
});
