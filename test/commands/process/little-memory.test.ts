import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const HELPER = new URL("../../../src/commands/process/little-memory.ts", import.meta.url);

/** Keeps 5 MB, and makes 60 MB of garbage: what many calls at once leave behind. */
const WORK = `
  import { getHeapStatistics } from "node:v8";
  const alive = Array.from({ length: 50_000 }, (_, at) => ({ at, text: "x".repeat(at % 7) }));
  const inFlight = new Array(3_000);
  let highest = 0;
  for (let call = 0; call < 500_000; call += 1) {
    inFlight[call % inFlight.length] = { call, list: [call, call, call, call] };
    if (call % 5_000 === 0) highest = Math.max(highest, getHeapStatistics().total_heap_size);
  }
  process.stdout.write(JSON.stringify({ highest, alive: alive.length }));`;

function work({ keepLittle }: { keepLittle: boolean }) {
  const first = keepLittle
    ? `import { keepLittleMemory } from ${JSON.stringify(HELPER)}; keepLittleMemory();`
    : "";
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", first + WORK], {
    encoding: "utf8",
    // What runs this may have set flags of its own.
    env: { PATH: process.env.PATH },
  });
  return { ...(JSON.parse(stdout) as { highest: number }), stderr };
}

test("the heap stays near what is alive, and V8 has nothing to say of the flags", () => {
  const { highest, stderr } = work({ keepLittle: true });
  expect(stderr).toBe("");
  expect(highest).toBeLessThan(0.8 * work({ keepLittle: false }).highest);
});
