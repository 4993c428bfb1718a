import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { loadFolder, writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();
const HOOK = fileURLToPath(new URL("../../src/plugins/resolve-hook.ts", import.meta.url));

const importing = (hook: boolean, file: string): string => `
  ${hook ? `const { provideOwnApi } = await import(${JSON.stringify(HOOK)}); const takeOut = provideOwnApi();` : ""}
  const { default: plugin } = await import(${JSON.stringify(file)});
  process.stdout.write(JSON.stringify(Object.keys(plugin.methods)));
  ${hook ? "takeOut();" : ""}`;

const node = (script: string) => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);

it.each(["plugin.ts", "plugin.js", "plugin.mjs", "plugin.mts", "deep/inside/index.ts"])(
  '%s imports "hubhand" from wherever it lies, on plain Node',
  async (name) => {
    const folder = await cleanUp.folder();
    const annotation = name.endsWith("ts") ? ": number" : "";
    await writeFiles(folder, {
      [name]: `import { definePlugin } from "hubhand";
        const answer${annotation} = 42;
        export default definePlugin({ methods: { ask: () => answer } });`,
    });
    const { stdout, stderr } = await node(importing(true, path.join(folder, name)));
    expect(stdout).toBe('["ask"]');
    expect(stderr).toBe("");
  },
);

it("it is the agent that provides it: without the hook Node does not find it", async () => {
  const folder = await cleanUp.folder();
  await writeFiles(folder, {
    "plugin.mjs": 'import { definePlugin } from "hubhand"; export default definePlugin({ methods: {} });',
  });
  await expect(node(importing(false, path.join(folder, "plugin.mjs")))).rejects.toThrow(
    /Cannot find package 'hubhand'/,
  );
});

it("types may be imported too, and a helper beside the plugin", async () => {
  const directory = await cleanUp.folder();
  await writeFiles(directory, {
    "greet.ts": `import { definePlugin, type CallContext } from "hubhand";
      import { greeting } from "./_greeting.ts";
      export default definePlugin({ methods: { greet: (payload: { name: string }, { method }: CallContext) => greeting(payload.name, method) } });`,
    "_greeting.ts": `import type { JsonSchema } from "hubhand";
      export const schema: JsonSchema = true;
      export const greeting = (name: string, method: string): string => \`hello \${name}, says \${method}\`;`,
  });
  const report = await loadFolder({ directory, call: [{ method: "greet", payload: { name: "Ada" } }] });
  expect(report.replies).toEqual([{ status: 200, body: "hello Ada, says greet" }]);
});

it("CommonJS is a plugin as well", async () => {
  const directory = await cleanUp.folder();
  await writeFiles(directory, {
    "old.js":
      'const { definePlugin } = require("hubhand"); module.exports = definePlugin({ methods: { ask: () => 42 } });',
  });
  const report = await loadFolder({ directory, call: [{ method: "ask" }] });
  expect(report.replies).toEqual([{ status: 200, body: 42 }]);
});
