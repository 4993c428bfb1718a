import { chmod, chown, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import type { Candidate } from "../../src/plugins/discovery.ts";
import { checkFiles, checkNamedFile } from "../../src/plugins/finding/check-files.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { loadFolder, statusOf, writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write("SKIPPED: only root can give files to another user\n");
const uid = process.getuid?.() ?? 0;

const FILES = { "a.js": "", "b/index.js": "", "b/lib/deep.js": "", "b/node_modules/x/index.js": "" };

async function folderOf(files: Readonly<Record<string, string>> = FILES): Promise<string> {
  const directory = await cleanUp.folder();
  await writeFiles(directory, files);
  return directory;
}

const file = (directory: string): Candidate => ({
  name: "a",
  form: "module",
  file: path.join(directory, "a.js"),
});
const folder = (directory: string): Candidate => ({
  name: "b",
  form: "module",
  file: path.join(directory, "b/index.js"),
  folder: path.join(directory, "b"),
});

/** What is wrong with a candidate; undefined if it is taken. */
async function refusal(candidate: Candidate, directory: string, options = {}): Promise<string | undefined> {
  try {
    await checkFiles(candidate, { directory, trust: false, uid, ...options });
    return undefined;
  } catch (error) {
    if (error instanceof HubhandError && error.code === "PLUGIN_INVALID") return error.message;
    throw error;
  }
}

describe("a plugin that others could have written is refused", () => {
  it("nothing is wrong with files of one's own, writable by the group or not", async () => {
    const directory = await folderOf();
    await chmod(path.join(directory, "a.js"), 0o664);
    expect(await refusal(file(directory), directory)).toBeUndefined();
    expect(await refusal(folder(directory), directory)).toBeUndefined();
  });

  it.each(["a.js"])("because %s may be written by everyone", async (name) => {
    const directory = await folderOf();
    const where = path.join(directory, name);
    await chmod(where, 0o646);
    expect(await refusal(file(directory), directory)).toBe(
      `${where} may be written by everyone: chmod o-w ${where} (plugins.trustFolder takes it all the same, for development)`,
    );
    expect(await refusal(folder(directory), directory)).toBeUndefined();
  });

  it.each(["b", "b/index.js", "b/lib", "b/lib/deep.js", "b/node_modules"])(
    "because %s in its folder may be written by everyone",
    async (name) => {
      const directory = await folderOf();
      await chmod(path.join(directory, name), 0o777);
      expect(await refusal(folder(directory), directory)).toContain(
        `${path.join(directory, name)} may be written by everyone`,
      );
      expect(await refusal(file(directory), directory)).toBeUndefined();
    },
  );

  it("because everyone may put files into the plugins folder itself", async () => {
    const directory = await folderOf();
    await chmod(directory, 0o1777);
    expect(await refusal(file(directory), directory)).toContain(`${directory} may be written by everyone`);
  });

  it.skipIf(!isRoot)("because it belongs to another user than the agent's or root", async () => {
    const directory = await folderOf();
    const where = path.join(directory, "a.js");
    await chown(where, 4711, 4711);
    expect(await refusal(file(directory), directory)).toContain(
      `${where} belongs to user 4711; expected that it belongs to root, as the agent is: chown 0 ${where}`,
    );
    expect(await refusal(file(directory), directory, { uid: 4711 })).toBeUndefined();
    expect(await refusal(file(directory), directory, { uid: 815 })).toContain(
      "expected that it belongs to user 815, as the agent is, or to root: chown 815",
    );
  });

  it("because it is a link out of the folder", async () => {
    const [directory, elsewhere] = [await folderOf({}), await folderOf()];
    await symlink(path.join(elsewhere, "a.js"), path.join(directory, "a.js"));
    await symlink(path.join(elsewhere, "b"), path.join(directory, "b"));
    expect(await refusal(file(directory), directory)).toContain(
      `${path.join(directory, "a.js")} is a link that leads out of the plugins folder, to ${path.join(elsewhere, "a.js")}; copy it`,
    );
    expect(await refusal(folder(directory), directory)).toContain("leads out of the plugins folder");
  });

  it("because something in its folder is a link out of it", async () => {
    const [directory, elsewhere] = [await folderOf(), await folderOf()];
    await symlink(path.join(elsewhere, "a.js"), path.join(directory, "b/more.js"));
    expect(await refusal(folder(directory), directory)).toContain("b/more.js is a link that leads out");
  });
});

describe("what is taken", () => {
  it("links that stay in the folder, as Kubernetes mounts a ConfigMap", async () => {
    const directory = await folderOf({ "..2026_data/a.js": "", "..2026_data/b/index.js": "" });
    await symlink("..2026_data", path.join(directory, "..data"));
    await symlink("..data/a.js", path.join(directory, "a.js"));
    await symlink("..data/b", path.join(directory, "b"));
    expect(await refusal(file(directory), directory)).toBeUndefined();
    expect(await refusal(folder(directory), directory)).toBeUndefined();
  });

  it("anything, if the folder is trusted", async () => {
    const directory = await folderOf();
    await chmod(path.join(directory, "a.js"), 0o666);
    expect(await refusal(file(directory), directory, { trust: true })).toBeUndefined();
  });

  it("a plugins folder that is a link itself", async () => {
    const [directory, above] = [await folderOf(), await cleanUp.folder()];
    const link = path.join(above, "plugins");
    await symlink(directory, link);
    expect(await refusal(file(link), link)).toBeUndefined();
  });
});

it("a file that a declaration names is looked at too, if it lies in the folder", async () => {
  const directory = await folderOf();
  await chmod(path.join(directory, "a.js"), 0o666);
  const rules = { directory, trust: false, uid };
  await expect(checkNamedFile(path.join(directory, "a.js"), rules)).rejects.toThrow("by everyone");
  await checkNamedFile("/bin/sh", rules);
  await checkNamedFile(path.join(directory, "--flag"), rules);
});

it("the agent tells it as it tells every broken plugin, and the others run", async () => {
  const directory = await cleanUp.folder();
  await mkdir(path.join(directory, "open"));
  await writeFile(path.join(directory, "open/index.mjs"), "export default { methods: { open: () => 1 } };");
  await writeFile(path.join(directory, "safe.mjs"), "export default { methods: { safe: () => 1 } };");
  await chmod(path.join(directory, "open/index.mjs"), 0o666);
  const report = await loadFolder({ directory, call: [{ method: "safe" }, { method: "open" }] });
  expect(statusOf(report, "open")).toMatchObject({
    up: false,
    problem: expect.stringContaining("may be written by everyone: chmod o-w"),
  });
  expect(report.replies.map(({ status }) => status)).toEqual([200, 404]);
});
