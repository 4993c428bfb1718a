import { execFile } from "node:child_process";
import { chmod, chown, symlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Candidate } from "../../../src/plugins/discovery.ts";
import { checkCommand, checkFiles, type FileRules } from "../../../src/plugins/finding/check-files.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { loadFolder, statusOf, writeFiles } from "../load.ts";

const cleanUp = cleanUpAfterEach();
const ME = process.getuid?.() ?? 0;
const isRoot = ME === 0;
if (!isRoot)
  process.stderr.write("SKIPPED: only root can give files to others, and mount what is read-only\n");

const TRUST = "(plugins.trustFolder takes it all the same, for development)";

/** A plugins folder with these files, and what is said of one of its plugins. */
async function folderOf(files: Record<string, string>) {
  const outside = await cleanUp.folder();
  const directory = path.join(outside, "plugins");
  await writeFiles(directory, files);
  const at = (name: string): string => path.join(directory, name);
  const rules: FileRules = { directory, trust: false, uid: ME };
  const told = (checked: Promise<void>): Promise<string> =>
    checked.then(
      () => "taken",
      (error: Error) => error.message,
    );
  const file = (name: string): Candidate => ({ name, form: "module", file: at(name) });
  const folder = (name: string): Candidate => ({
    name,
    form: "module",
    file: at(`${name}/index.js`),
    folder: at(name),
  });
  return {
    directory,
    outside,
    at,
    file,
    folder,
    check: (candidate: Candidate, change: Partial<FileRules> = {}) =>
      told(checkFiles(candidate, { ...rules, ...change })),
    checkCommand: (...command: [string, ...string[]]) => told(checkCommand({ command, directory }, rules)),
  };
}

describe("a plugin is taken", () => {
  it("if it is the agent's user's, whoever may read it and whatever its group may do", async () => {
    const { directory, check, file, folder, at } = await folderOf({ "a.js": "", "b/index.js": "" });
    await chmod(directory, 0o775);
    await chmod(at("a.js"), 0o664);
    expect(await check(file("a.js"))).toBe("taken");
    expect(await check(folder("b"))).toBe("taken");
  });

  it.skipIf(!isRoot)("if it is root's, whoever the agent is", async () => {
    const { check, file } = await folderOf({ "a.js": "" });
    expect(await check(file("a.js"), { uid: 1000 })).toBe("taken");
  });

  it("as a link within the folder, as Kubernetes mounts a ConfigMap", async () => {
    const { check, file, at } = await folderOf({ "..2026_01_01/a.js": "" });
    await symlink("..2026_01_01", at("..data"));
    await symlink("..data/a.js", at("a.js"));
    expect(await check(file("a.js"))).toBe("taken");
  });

  it("from a plugins folder that is a link itself", async () => {
    const { directory, outside, check, checkCommand } = await folderOf({ "a.js": "" });
    const link = path.join(outside, "linked");
    await symlink(directory, link);
    const candidate: Candidate = { name: "a", form: "module", file: path.join(link, "a.js") };
    expect(await check(candidate, { directory: link })).toBe("taken");
    expect(await checkCommand("/bin/sh", path.join(link, "a.js"))).toBe("taken");
  });

  it("with whatever was installed into its folder, of which only the folder is looked at", async () => {
    const { check, folder, at } = await folderOf({
      "b/index.js": "",
      "b/node_modules/x/index.js": "",
      "b/venv/pyvenv.cfg": "",
      "b/venv/bin/": "",
    });
    await chmod(at("b/node_modules/x/index.js"), 0o666);
    await symlink("/bin/sh", at("b/venv/bin/python3"));
    expect(await check(folder("b"))).toBe("taken");
  });

  it("by who trusts the folder, and where there are no users by number", async () => {
    const { check, file, at } = await folderOf({ "a.js": "" });
    await chmod(at("a.js"), 0o666);
    expect(await check(file("a.js"), { trust: true })).toBe("taken");
    expect(await check(file("a.js"), { uid: undefined })).toBe("taken");
  });
});

describe("a plugin is refused", () => {
  it("if everyone may write it", async () => {
    const { check, file, at } = await folderOf({ "a b.js": "" });
    await chmod(at("a b.js"), 0o646);
    const remedy = `chmod o-w '${at("a b.js")}'`;
    expect(await check(file("a b.js"))).toBe(
      `${at("a b.js")} may be written by every user (mode 0646). Mend it with: ${remedy} ${TRUST}`,
    );
  });

  it("if everyone may write any file of its folder, or one of the folders", async () => {
    for (const [name, mode] of [
      ["b/lib/part.js", 0o646],
      ["b/lib", 0o757],
      ["b", 0o757],
      ["b/node_modules", 0o757],
    ] as const) {
      const { check, folder, at } = await folderOf({
        "b/index.js": "",
        "b/lib/part.js": "",
        "b/node_modules/x/index.js": "",
      });
      await chmod(at(name), mode);
      expect(await check(folder("b"))).toContain(`chmod o-w ${at(name)} `);
    }
  });

  it("if everyone may add to the plugins folder, be it sticky or not", async () => {
    const { check, file, directory } = await folderOf({ "a.js": "" });
    for (const mode of [0o777, 0o1777]) {
      await chmod(directory, mode);
      expect(await check(file("a.js"))).toContain(`${directory} may be written by every user`);
    }
  });

  it("if what lies between the plugins folder and a package may be written", async () => {
    const { check, folder, at } = await folderOf({ "node_modules/@acme/hubhand-plugin-x/index.js": "" });
    await chmod(at("node_modules/@acme"), 0o757);
    expect(await check(folder("node_modules/@acme/hubhand-plugin-x"))).toContain(
      `chmod o-w ${at("node_modules/@acme")} `,
    );
  });

  it("if it is somebody else's", async () => {
    const { check, file, at, directory } = await folderOf({ "a.js": "" });
    // Only root can give it away; anybody else becomes a stranger to it.
    if (isRoot) await chown(at("a.js"), 65_534, 65_534);
    const [owner, agent] = isRoot ? [65_534, 1000] : [ME, ME + 1];
    const shown = isRoot ? at("a.js") : directory;
    expect(await check(file("a.js"), { uid: agent })).toBe(
      `${shown} belongs to user ${owner}; expected root or the agent's user, ${agent}. ` +
        `Mend it with: chown root ${shown} ${TRUST}`,
    );
  });

  it.skipIf(!isRoot)("if the agent is root and it is not", async () => {
    const { check, file, at } = await folderOf({ "a.js": "" });
    await chown(at("a.js"), 1000, 1000);
    expect(await check(file("a.js"))).toContain(
      "belongs to user 1000; expected root, as whom the agent runs",
    );
  });

  it("if it is a link that leads out of the folder, itself or in between", async () => {
    const { check, file, folder, at, outside } = await folderOf({ "b/index.js": "" });
    await writeFiles(outside, { "evil.js": "", "lib/part.js": "", "package/index.js": "" });
    await symlink("../evil.js", at("a.js"));
    expect(await check(file("a.js"))).toBe(
      `${at("a.js")} is a link that leads out of the plugins folder, to ${path.join(outside, "evil.js")}. ` +
        `Copy it into the folder ${TRUST}`,
    );
    await symlink(path.join(outside, "lib"), at("b/lib"));
    expect(await check(folder("b"))).toContain(`${at("b/lib")} is a link that leads out`);
    await symlink("../package", at("c"));
    expect(await check(folder("c"))).toContain(`${at("c")} is a link that leads out`);
  });

  it("if it is in a folder of packages that is such a link", async () => {
    const { check, folder, at, outside } = await folderOf({});
    await writeFiles(outside, { "plugins/": "", "store/hubhand-plugin-x/index.js": "" });
    await symlink("../store", at("node_modules"));
    expect(await check(folder("node_modules/hubhand-plugin-x"))).toContain("leads out of the plugins folder");
  });

  it("if a link leads to a folder within that everyone may write", async () => {
    const { check, folder, at } = await folderOf({ "b/index.js": "", "_shared/part.js": "" });
    await symlink("../_shared", at("b/lib"));
    await chmod(at("_shared/part.js"), 0o646);
    expect(await check(folder("b"))).toContain(`chmod o-w ${at("_shared/part.js")} `);
  });

  it("and links that go round in circles, or nowhere, hold up nobody", async () => {
    const { check, folder, at } = await folderOf({ "b/index.js": "" });
    await symlink("..", at("b/up"));
    await symlink("round", at("b/round"));
    await symlink("gone", at("b/.#index.js"));
    expect(await check(folder("b"))).toBe("taken");
  });
});

describe("what a declaration's command names in the folder", () => {
  it("is looked at: the program, and the script that it is given", async () => {
    const { checkCommand, at } = await folderOf({ "relay.py": "", "data.txt": "" });
    expect(await checkCommand("/usr/bin/python3", "relay.py", "--fast")).toBe("taken");
    await chmod(at("relay.py"), 0o646);
    expect(await checkCommand("/usr/bin/python3", "relay.py")).toContain(`chmod o-w ${at("relay.py")} `);
    expect(await checkCommand(at("relay.py"))).toContain(`chmod o-w ${at("relay.py")} `);
  });

  it("may not lead out of it, unless to a program of root's: so has a Python environment its own", async () => {
    const { checkCommand, at, outside } = await folderOf({ "venv/bin/": "" });
    await writeFiles(outside, { "evil.py": "" });
    await symlink("../evil.py", at("relay.py"));
    await symlink("/bin/sh", at("venv/bin/python3"));
    expect(await checkCommand("/usr/bin/python3", "./relay.py")).toContain("leads out of the plugins folder");
    expect(await checkCommand(at("venv/bin/python3"))).toBe("taken");
  });
});

it.skipIf(!isRoot)(
  "a folder that everyone could write, had it not been mounted read-only, is taken",
  async () => {
    const { directory } = await folderOf({ "a.js": "export default { methods: { a: () => 1 } }" });
    const script = `
    mount -t tmpfs none "$1" && echo 'export default { methods: { a: () => 1 } }' > "$1/a.js"
    chmod 0777 "$1" && mount -o remount,ro "$1" && exec "$2" "$3" "{\\"directory\\":\\"$1\\"}"`;
    const fixture = path.join(import.meta.dirname, "../fixtures/load-folder.ts");
    const args = ["-m", "sh", "-c", script, "sh", directory, process.execPath, fixture];
    const { stdout } = await promisify(execFile)("unshare", args);
    expect(JSON.parse(stdout).status).toContainEqual(expect.objectContaining({ name: "a", up: true }));
  },
);

it("a plugin that is refused is broken, and the others run", async () => {
  const { directory, at } = await folderOf({
    "a.js": "export default { methods: { a: () => 1 } }",
    "b.js": "export default { methods: { b: () => 2 } }",
  });
  await chmod(at("a.js"), 0o666);
  const report = await loadFolder({ directory, call: [{ method: "b" }] });
  expect(statusOf(report, "a")).toMatchObject({ up: false, problem: expect.stringContaining("chmod o-w") });
  expect(report.replies).toEqual([{ status: 200, body: 2 }]);
});
