import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Results } from "../../bench/peers/results.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const MAIN = fileURLToPath(new URL("../../bench/peers/main.ts", import.meta.url));
const cleanUp = cleanUpAfterEach();
/** A guard: ten seconds, and npm's minute where the peers are not installed yet, on a machine that is busy. */
const LIMIT_MS = 240_000;

test("npm run bench -- --quick: every figure is there, and nobody refuses a call", {
  timeout: LIMIT_MS,
}, async () => {
  const json = path.join(await cleanUp.folder(), "results.json");
  const bench = spawn(process.execPath, [MAIN, "--quick", "--json", json], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  cleanUp.add(() => bench.kill());
  const [[status], stdout, stderr] = await Promise.all([
    once(bench, "close"),
    text(bench.stdout),
    text(bench.stderr),
  ]);
  expect(status, stderr).toBe(0);

  const { contenders, measures, rounds, skipped, machine }: Results = JSON.parse(readFileSync(json, "utf8"));
  const [round = {}] = rounds;
  expect(rounds).toHaveLength(1);
  expect(machine).toMatchObject({ node: process.version, kernel: expect.any(String) });
  const here = contenders.map(({ id }) => id);
  const left = skipped.filter(({ measure }) => measure === undefined);
  expect(here).toContain("hubhand");
  expect(here.length + left.length).toBe(5);
  for (const { what, why } of left) expect(stdout).toContain(`skipped: ${what}: ${why}`);

  const figures = measures.flatMap((measure) =>
    measure.figures.map(({ key }) => ({ key, of: measure.name })),
  );
  const expected = figures.filter(({ of }) => !["packages", "image"].includes(of)).map(({ key }) => key);
  expect(Object.keys(round.hubhand ?? {}).sort()).toEqual(expected.sort());
  for (const id of here) {
    const readings = round[id] ?? {};
    expect(readings["calls.refused"], id).toBe(0);
    expect(Object.values(readings).every(Number.isFinite), id).toBe(true);
  }
});
