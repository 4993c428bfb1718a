import { createHash } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createRedactor } from "../../src/observe/log/redaction.ts";
import { writeSupportBundle } from "../../src/observe/support-bundle.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";

const cleanUp = cleanUpAfterEach();
const { redact } = createRedactor(["correct horse battery"]);
const clock = createFakeClock();

async function write(directory: string, sections: Record<string, () => unknown> = {}) {
  clock.advance(1);
  return writeSupportBundle({ directory, sections, clock, redact });
}

it("is JSON, compressed, of all sections; one that fails is told in its place", async () => {
  const directory = path.join(await cleanUp.folder(), "state", "support");
  const bundle = await write(directory, {
    build: () => ({ version: "1.2.3" }),
    metrics: async () => [1],
    checks: () => Promise.reject(new Error("no network")),
    log: () => ["a correct horse battery staple"],
  });
  const content = await readFile(bundle.path);
  expect(bundle.bytes).toBe(content.length);
  expect(bundle.sha256).toBe(createHash("sha256").update(content).digest("hex"));
  expect(JSON.parse(gunzipSync(content).toString())).toEqual({
    createdAt: expect.stringMatching(/^2026-/),
    build: { version: "1.2.3" },
    metrics: [1],
    checks: { problem: "no network" },
    log: ["a [secret] staple"],
  });
  expect((await stat(bundle.path)).mode & 0o777).toBe(0o600);
});

it("the last three stay, and what is not a bundle", async () => {
  const directory = await cleanUp.folder();
  await writeFile(path.join(directory, "notes.txt"), "");
  const names: string[] = [];
  for (let count = 0; count < 5; count += 1) names.push(path.basename((await write(directory)).path));
  expect((await readdir(directory)).sort()).toEqual([...names.slice(-3), "notes.txt"]);
});

it("a disk that does not take it: an error with what to do", async () => {
  const file = path.join(await cleanUp.folder(), "file");
  await writeFile(file, "");
  await expect(write(path.join(file, "support"))).rejects.toMatchObject({
    code: "METHOD_FAILED",
    message: expect.stringContaining("state.directory"),
  });
});
