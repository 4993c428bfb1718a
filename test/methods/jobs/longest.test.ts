import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

it("a job that is over its time has its signal fired, and fails when its work ends", async () => {
  const bench = await createJobBench(await cleanUp.folder(), { longest: 60_000 });
  const { work, begun, fail } = heldWork();
  const id = await bench.begin(work);
  const { signal } = await begun;
  signal.addEventListener("abort", () => fail(signal.reason));
  bench.clock.advance(59_999);
  expect(signal.aborted).toBe(false);
  bench.clock.advance(1);
  expect(await bench.ended(id)).toMatchObject({
    state: "failed",
    error: { code: "JOB_TIMED_OUT", message: "it was over its 60 s" },
  });
});

it("and after five seconds more, whatever its work does", async () => {
  const bench = await createJobBench(await cleanUp.folder(), { longest: 60_000 });
  const { work, begun } = heldWork();
  const id = await bench.begin(work);
  await begun;
  bench.clock.advance(65_000);
  expect(await bench.ended(id)).toMatchObject({ state: "failed", error: { code: "JOB_TIMED_OUT" } });
});

it("without a limit it runs on", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun } = heldWork();
  const id = await bench.begin(work);
  await begun;
  bench.clock.advance(30 * 24 * 3_600_000);
  expect(await bench.jobs.get(id)).toMatchObject({ state: "running" });
});
