import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { COMPILE_CACHE } from "../../support/compile-cache.ts";

const LAUNCHER = fileURLToPath(new URL("../../../bin/hubhand.js", import.meta.url));

/** As `hubhand … | true`. */
async function withoutReader(...args: string[]) {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { ...process.env, ...COMPILE_CACHE },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  const [errors, [exitCode]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { errors, exitCode: Number(exitCode) };
}

test.each([
  ["completion", "bash"],
  ["run", "--help"],
])("hubhand %s %s ends as any program does whose output nobody reads, without a word", async (...args) => {
  expect(await withoutReader(...args)).toEqual({ errors: "", exitCode: 141 });
});
