import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const CODE = new URL("../../../../src/plugins/hosts/worker/inside/strip-elsewhere.ts", import.meta.url);
const MEBIBYTE = 1024 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "hubhand-strip-"));
  const files = {
    "good.ts":
      "interface A {\n  n: number;\n}\nexport const where = ({ n }: A) => new Error(String(n)).stack;\n",
    "enum.ts": "export enum Wrong { a }\n",
    "package.json": "{}",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  // In JavaScript, so that Node's reader is not there for its own sake: the module under test is imported without its types.
  const script = `
    const { readFileSync, writeFileSync } = await import("node:fs");
    const [file, memory] = process.argv.slice(2);
    const { stripElsewhere } = await import("./strip-elsewhere.mjs");
    await stripElsewhere({ memory: Number(memory) });
    const told = await import(file).then(({ where }) => where({ n: 7 }), ({ code }) => code);
    const reader = process.moduleLoadList.some((name) => name.includes("deps/amaro"));
    console.log(JSON.stringify({ told, reader }));`;
  await writeFile(path.join(folder, "script.mjs"), script);
  const { build } = await import("esbuild");
  const outfile = path.join(folder, "strip-elsewhere.mjs");
  await build({ entryPoints: [CODE.pathname], outfile, bundle: true, platform: "node", format: "esm" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function imported(file: string, memory: number): Promise<{ told: string; reader: boolean }> {
  const args = [path.join(folder, "script.mjs"), path.join(folder, file), String(memory)];
  // A compile cache holds what was read before, so that nobody reads it again.
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  return JSON.parse((await promisify(execFile)(process.execPath, args, { env })).stdout);
}

test("with little memory, TypeScript is read elsewhere, and its lines stay where they are", async () => {
  const { told, reader } = await imported("good.ts", 96 * MEBIBYTE);
  expect(told).toMatch(/^Error: 7\n.*good\.ts:4:\d+\)?\n/);
  expect(reader).toBe(false);
});

test.each([1024 * MEBIBYTE, 2 ** 64, 0])("with %d bytes, or none told, Node reads it", async (memory) => {
  const { told, reader } = await imported("good.ts", memory);
  expect(told).toMatch(/^Error: 7\n.*good\.ts:4:\d+\)?\n/);
  expect(reader).toBe(true);
});

test("what cannot be read fails as it always does", async () => {
  const { told } = await imported("enum.ts", 96 * MEBIBYTE);
  expect(told).toBe("ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX");
});
