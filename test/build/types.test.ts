import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { bundleTypes } from "../../scripts/bundle-types.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The compiler has seconds of work, and on a busy machine ten times as many. */
const LIMIT_MS = 120_000;
vi.setConfig({ testTimeout: LIMIT_MS });

/** Holds `types/`, as the folder that ships does. */
const dist = mkdtempSync(path.join(tmpdir(), "hubhand-types-"));
beforeAll(() => bundleTypes(path.join(dist, "types")), LIMIT_MS);
afterAll(() => rmSync(dist, { recursive: true, force: true }));

/**
 * Compiles files where hubhand is installed as npm would, and these packages; returns what the compiler says. It has a
 * second of work for our own types, however many files use them.
 */
function compile(files: Readonly<Record<string, string>>, ...packages: readonly string[]): string {
  const consumer = mkdtempSync(path.join(tmpdir(), "hubhand-types-"));
  onTestFinished(() => rmSync(consumer, { recursive: true, force: true }));
  const installed = path.join(consumer, "node_modules/hubhand");
  mkdirSync(installed, { recursive: true });
  cpSync(path.join(ROOT, "package.json"), path.join(installed, "package.json"));
  cpSync(dist, path.join(installed, "dist"), { recursive: true });
  for (const name of packages) {
    const link = path.join(consumer, "node_modules", name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules", name), link);
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(consumer, name), text);
  const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
  const known = packages.includes("@types/node") ? "node" : "";
  const flags = ["--strict", "--noEmit", "--target", "esnext", "--module", "nodenext", "--types", known];
  return spawnSync(process.execPath, [tsc, ...flags, ...Object.keys(files)], {
    cwd: consumer,
    encoding: "utf8",
  }).stdout;
}

/** What a schema makes of its handler's payload. */
const method = (schema: string) => `
  { schema: ${schema},
    handler({ on, ...rest }) {
      const right: boolean = on;
      // @ts-expect-error: that it is no text is known
      const wrong: string = on;
      // @ts-expect-error: the schema has no such property
      return [right, wrong, rest.off];
    } }`;
const plugin = (methods: string) => `import { definePlugin } from "hubhand";
  export default definePlugin({ methods: { ${methods} } });`;
const answers = (timeout: string) => plugin(`a: { timeout: ${timeout}, handler: () => ({ fine: true }) }`);
const written = method('{ type: "object", required: ["on"], properties: { on: { type: "boolean" } } }');

test("the types are what a plugin of a stranger is checked against; a schema gives the payload its type", () => {
  const files = {
    "good.mts": answers('"5s"'),
    "bad.mts": answers("true"),
    "written.mts": plugin(`written: ${written}`),
  };
  const said = compile(files);
  expect(said).toMatch(/^bad\.mts\(/);
  expect(said).not.toMatch(/^(?!bad\.mts|\s)./m);
});

test("TypeBox, which only its author needs, makes such a schema; the test of a stranger is checked as well", () => {
  const made = method("Type.Object({ on: Type.Boolean() })");
  const tested = `import { startTestAgent, testPlugin } from "hubhand/testing";
    export async function run(): Promise<unknown> {
      await using plugin = await testPlugin({ methods: { a: () => 1 } }, { settings: { pin: 1 } });
      const { status, payload } = await plugin.call("a");
      // @ts-expect-error: it has no such method
      await plugin.cal("a");
      await using agent = await startTestAgent({ plugins: "plugins" });
      return [status + 1, payload, agent.url];
    }`;
  const files = {
    "made.mts": `import { Type } from "typebox";\n${plugin(`made: ${made}`)}`,
    "tested.mts": tested,
  };
  expect(compile(files, "typebox", "@types/node", "undici-types")).toBe("");
});
