import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

it("the latest is told at once", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun } = heldWork();
  const id = await bench.begin(work);
  const { progress } = await begun;
  const told = { written: 1 };
  progress(told);
  told.written = 99;
  expect(await bench.jobs.get(id)).toMatchObject({ state: "running", progress: { written: 1 } });
  progress("half");
  expect(await bench.jobs.get(id)).toMatchObject({ progress: "half" });
});

it("the disk is written to every 30 s at most, and not at all if nothing has changed", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun } = heldWork();
  const id = await bench.begin(work);
  const { progress } = await begun;
  let last: string | undefined;
  let writes = 0;
  // As long as the test looks, each change of the file is one write: the clock stands still meanwhile.
  for (let second = 0; second < 120; second += 1) {
    progress(second);
    bench.clock.advance(1_000);
    if (second % 30 === 29)
      await waitUntil("it is written", async () => (await bench.onDisk(id)).progress === second);
    const now = JSON.stringify(await bench.onDisk(id));
    if (last !== undefined && now !== last) writes += 1;
    last = now;
  }
  expect(writes).toBe(4);
  bench.clock.advance(600_000);
  expect(await bench.onDisk(id)).toMatchObject({ progress: 119 });
  expect(bench.clock.pending).toBe(0);
});

it.each<[string, unknown, RegExp]>([
  ["over 16 KiB", "x".repeat(16_384), /it has 16386 bytes, more than 16384$/],
  ["a BigInt", 1n, /it cannot be written as JSON: /],
  ["a function", () => {}, /it is of type function, which JSON cannot say$/],
])("%s is dropped, which the log says once", async (_, value, why) => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun } = heldWork();
  const id = await bench.begin(work);
  const { progress } = await begun;
  progress("good");
  progress(value);
  progress(value);
  expect(await bench.jobs.get(id)).toMatchObject({ progress: "good" });
  const lines = bench.log.lines().filter(({ msg }) => msg?.startsWith("a progress of the job is dropped: "));
  expect(lines).toEqual([
    expect.objectContaining({ level: "warn", jobId: id, msg: expect.stringMatching(why) }),
  ]);
});

it("what is told after the end changes nothing", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun, end } = heldWork();
  const id = await bench.begin(work);
  const { progress } = await begun;
  progress(1);
  end("done");
  const told = await bench.ended(id);
  progress(2);
  expect(await bench.jobs.get(id)).toEqual(told);
  expect(bench.clock.pending).toBe(0);
});
