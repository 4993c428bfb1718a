import { chmod, symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { discoverPlugins } from "../../src/plugins/discovery.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();

/** `name (form) -> file` of what is found; files whose names end in `*` may be executed. */
async function discover(files: Record<string, string>, prepare?: (folder: string) => Promise<unknown>) {
  const folder = await cleanUp.folder();
  for (const [name, text] of Object.entries(files)) {
    const plain = name.replace(/\*$/, "");
    await writeFiles(folder, { [plain]: text });
    if (plain !== name) await chmod(path.join(folder, plain), 0o755);
  }
  await prepare?.(folder);
  const { candidates, ignored } = await discoverPlugins(folder);
  return {
    found: candidates.map(({ name, form, file }) => `${name} (${form}) -> ${path.relative(folder, file)}`),
    ignored,
  };
}

const SCRIPT = "#!/bin/sh\n";
const DECLARED = "command: [./relay.py]\nmethods: { relay.set: {} }\n";

describe("a program is a plugin", () => {
  it("if it may be executed, by its name without the extension", async () => {
    const { found, ignored } = await discover({
      "disk.sh*": SCRIPT,
      "gpio*": "\x7fELF…",
      "two.parts.py*": SCRIPT,
    });
    expect(found).toEqual([
      "disk (executable) -> disk.sh",
      "gpio (executable) -> gpio",
      "two.parts (executable) -> two.parts.py",
    ]);
    expect(ignored).toEqual([]);
  });

  it("but not without its x bit or its first line: what to do is told", async () => {
    const { found, ignored } = await discover({ "a.sh": SCRIPT, "b.py": "print(1)", "c.py*": "print(1)" });
    expect(found).toEqual([]);
    expect(ignored).toEqual([
      "a.sh (a script that may not be run: chmod +x)",
      "b.py (a script that may not be run: chmod +x)",
      "c.py (a script without a first line like #!/bin/sh)",
    ]);
  });

  it("and no other file, although disks of Windows let all of them be executed", async () => {
    const { found, ignored } = await discover({ "README.md*": "# Hello", "data.csv*": "1,2", "empty*": "" });
    expect({ found, ignored }).toEqual({ found: [], ignored: ["README.md", "data.csv", "empty"] });
  });
});

describe("a declaration is a plugin", () => {
  it("by the name of its file", async () => {
    const { found } = await discover({
      "a.plugin.yaml": DECLARED,
      "b.plugin.yml": DECLARED,
      "c.plugin.json": "{}",
    });
    expect(found).toEqual([
      "a (declaration) -> a.plugin.yaml",
      "b (declaration) -> b.plugin.yml",
      "c (declaration) -> c.plugin.json",
    ]);
  });

  it("and the files that its command names, and its namesakes, are none of their own", async () => {
    const { found, ignored } = await discover({
      "relay.plugin.yaml": "command: [python3, switch.py, ./more.js]\nmethods: { relay.set: {} }\n",
      "switch.py*": SCRIPT,
      "more.js": "",
      "relay.sh*": SCRIPT,
      "other.sh*": SCRIPT,
    });
    expect(found).toEqual(["other (executable) -> other.sh", "relay (declaration) -> relay.plugin.yaml"]);
    expect(ignored).toEqual([]);
  });

  it("and one that is broken does not set its program free", async () => {
    const { found } = await discover({
      "relay.plugin.yaml": "command: [./switch.py]\nmethods: 7\n",
      "switch.py*": SCRIPT,
    });
    expect(found).toEqual(["relay (declaration) -> relay.plugin.yaml"]);
  });

  it("in a folder too, whose name it has; it goes before the folder's code", async () => {
    const { found } = await discover({
      "a/plugin.yaml": "command: [node, index.js]\nmethods: { a: {} }\n",
      "a/index.js": "",
      "b/any.plugin.yaml": DECLARED,
      "c/one.plugin.yaml": DECLARED,
      "c/two.plugin.yaml": DECLARED,
      "c/index.js": "",
    });
    expect(found).toEqual([
      "a (declaration) -> a/plugin.yaml",
      "b (declaration) -> b/any.plugin.yaml",
      // Which of two is meant nobody can know.
      "c (module) -> c/index.js",
    ]);
  });
});

describe("a package is a plugin", () => {
  it("if npm has installed it in the folder and its name says so", async () => {
    const { found, ignored } = await discover({
      "package.json": '{"dependencies":{}}',
      "package-lock.json": "{}",
      "node_modules/hubhand-plugin-relay/package.json": '{"main":"lib/relay.js"}',
      "node_modules/hubhand-plugin-relay/lib/relay.js": "",
      "node_modules/@acme/hubhand-plugin-valve/package.json": '{"exports":{".":{"import":"./valve.js"}}}',
      "node_modules/@acme/hubhand-plugin-valve/valve.js": "",
      "node_modules/@acme/other/index.js": "",
      "node_modules/left-pad/index.js": "",
      "node_modules/hubhand-plugin-empty/package.json": "{}",
    });
    expect(found.toSorted()).toEqual([
      "relay (module) -> node_modules/hubhand-plugin-relay/lib/relay.js",
      "valve (module) -> node_modules/@acme/hubhand-plugin-valve/valve.js",
    ]);
    expect(ignored).toEqual(["node_modules/hubhand-plugin-empty"]);
  });

  it("also as a link into a store, as pnpm installs it", async () => {
    const { found } = await discover({ ".store/relay/index.js": "", "node_modules/": "" }, (folder) =>
      symlink("../.store/relay", path.join(folder, "node_modules/hubhand-plugin-relay")),
    );
    expect(found).toEqual(["relay (module) -> node_modules/hubhand-plugin-relay/index.js"]);
  });
});
