import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import { discoverPlugins } from "../../src/plugins/discovery.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { loadFolder, writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();

/** What is found in a folder of these files: `name -> file`, and what is ignored. */
async function discover(files: Record<string, string>, prepare?: (folder: string) => Promise<unknown>) {
  const folder = await cleanUp.folder();
  await writeFiles(folder, files);
  await prepare?.(folder);
  const { candidates, ignored } = await discoverPlugins(folder);
  return {
    found: Object.fromEntries(candidates.map(({ name, file }) => [name, path.relative(folder, file)])),
    ignored,
  };
}

describe("what is a plugin", () => {
  it("each file of TypeScript or JavaScript, by the name of the file", async () => {
    const { found, ignored } = await discover({
      "a.ts": "",
      "b.js": "",
      "c.mjs": "",
      "d.mts": "",
      "e.f.js": "",
    });
    expect(found).toEqual({ a: "a.ts", b: "b.js", c: "c.mjs", d: "d.mts", "e.f": "e.f.js" });
    expect(ignored).toEqual([]);
  });

  it("each folder with an index, by the name of the folder", async () => {
    const { found } = await discover({
      "a/index.ts": "",
      "b/index.js": "",
      "c.d/index.mjs": "",
      "e/index.mts": "",
    });
    expect(found).toEqual({ a: "a/index.ts", b: "b/index.js", "c.d": "c.d/index.mjs", e: "e/index.mts" });
  });

  it("each folder whose package.json has a main", async () => {
    const { found } = await discover({
      "a/package.json": '{"main":"lib/plugin.js"}',
      "a/lib/plugin.js": "",
      "a/index.js": "",
      "b/package.json": '{"main":"./gone.js"}',
      "b/index.js": "",
      "c/package.json": '{"main":"lib"}',
      "c/lib/": "",
      "c/index.ts": "",
      "d/package.json": "{not json",
      "d/index.ts": "",
      "e/package.json": '{"main":7}',
      "e/index.ts": "",
    });
    expect(found).toEqual({
      a: "a/lib/plugin.js",
      b: "b/index.js",
      c: "c/index.ts",
      d: "d/index.ts",
      e: "e/index.ts",
    });
  });

  it("links to files and folders, as Kubernetes mounts them", async () => {
    const { found } = await discover({ "..data/a.ts": "", "..data/folder/index.ts": "" }, async (folder) => {
      await symlink("..data/a.ts", path.join(folder, "a.ts"));
      await symlink("..data/folder", path.join(folder, "b"));
    });
    expect(found).toEqual({ a: "a.ts", b: "b/index.ts" });
  });

  it("a link that leads nowhere, so that its import tells", async () => {
    const { found } = await discover({}, (folder) => symlink("gone.ts", path.join(folder, "a.ts")));
    expect(found).toEqual({ a: "a.ts" });
  });

  it("in the order of names, whatever the disk says", async () => {
    const { found } = await discover({ "c.js": "", "a/index.js": "", "b.ts": "" });
    expect(Object.keys(found)).toEqual(["a", "b", "c"]);
  });
});

describe("what is not", () => {
  it("helpers, hidden files, types, tests and node_modules are passed over in silence", async () => {
    const files = [
      "_helper.ts",
      ".hidden.js",
      "a.d.ts",
      "a.d.mts",
      "a.test.ts",
      "a.spec.js",
      "node_modules/x/index.js",
      "_lib/index.js",
    ];
    expect(await discover(Object.fromEntries(files.map((file) => [file, ""])))).toEqual({
      found: {},
      ignored: [],
    });
  });

  it("other files and folders are told, as one may be misnamed", async () => {
    const { found, ignored } = await discover({
      "README.md": "",
      "a.tsx": "",
      "b.json": "",
      "c.TS": "",
      "empty/": "",
    });
    expect(found).toEqual({});
    expect(ignored).toEqual(["README.md", "a.tsx", "b.json", "c.TS", "empty"]);
  });

  it("a pipe that is called like a plugin is not opened: that would hang", async () => {
    const { found, ignored } = await discover({}, async (folder) =>
      execFileSync("mkfifo", [path.join(folder, "a.js")]),
    );
    expect({ found, ignored }).toEqual({ found: {}, ignored: ["a.js"] });
  });

  it("nor one that is called like a package's file, or a declaration", async () => {
    const { found } = await discover({ "a/index.js": "" }, async (folder) => {
      execFileSync("mkfifo", [path.join(folder, "a/package.json"), path.join(folder, "b.plugin.yaml")]);
      await symlink("b.plugin.yaml", path.join(folder, "c.plugin.yaml"));
    });
    expect(found).toEqual({ a: "a/index.js" });
  });

  it("an empty folder has no plugins, and that is no fault", async () => {
    expect(await discover({})).toEqual({ found: {}, ignored: [] });
  });
});

describe("a folder that cannot be read is told with the remedy", () => {
  const remedy =
    "Set plugins.directory (HUBHAND_PLUGINS_DIRECTORY, --plugins-directory) to a folder that can be read.";

  it("because it does not exist", async () => {
    const folder = path.join(await cleanUp.folder(), "plugins");
    const error = await discoverPlugins(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HubhandError);
    expect(error).toMatchObject({
      code: "PLUGIN_INVALID",
      message: `the plugins folder ${folder} does not exist. Create it, or mount it. ${remedy}`,
    });
  });

  it("because it is a file", async () => {
    const folder = await cleanUp.folder();
    await writeFiles(folder, { plugins: "" });
    const file = path.join(folder, "plugins");
    await expect(discoverPlugins(file)).rejects.toThrow(`the plugins folder ${file} is a file. ${remedy}`);
  });

  const isRoot = process.getuid?.() === 0;
  if (!isRoot) process.stderr.write("SKIPPED: only root can become a user who may not read a folder\n");

  it.skipIf(!isRoot)("because this user may not read it; the agent runs on without plugins", async () => {
    const folder = await cleanUp.folder(); // mode 0700, of root
    await writeFiles(folder, { "a.js": "export default {}" });
    const report = await loadFolder({ directory: folder, user: 65_534 });
    const problem = `the plugins folder ${folder} may not be read by this user. ${remedy}`;
    expect(report.folderProblem).toBe(problem);
    expect(report.log).toContainEqual(
      expect.objectContaining({ level: "error", code: "PLUGIN_INVALID", msg: problem }),
    );
    expect(report.methods).toEqual(["hubhand.describe", "hubhand.ping"]);
  });
});
