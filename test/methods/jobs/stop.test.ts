import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { errorOf, settle } from "../bench.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

it("an agent that stops waits for its jobs, and interrupts those that are left", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const [short, long] = [heldWork(), heldWork()];
  const shortId = await bench.begin(short.work);
  const longId = await bench.begin(long.work);
  await short.begun;
  const { signal } = await long.begun;
  const stopped = bench.jobs.stop(8_000);
  short.end("in time");
  await bench.ended(shortId);
  bench.clock.advance(7_999);
  await settle();
  expect(signal.aborted).toBe(false);
  bench.clock.advance(1);
  await stopped;
  expect(signal.aborted).toBe(true);
  expect(await bench.onDisk(shortId)).toMatchObject({ state: "done", result: "in time" });
  expect(await bench.onDisk(longId)).toMatchObject({
    state: "interrupted",
    error: { code: "JOB_INTERRUPTED", message: "the agent stopped" },
  });
  expect(bench.clock.pending).toBe(0);
});

it("it takes no new ones", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  bench.define("late", ({ job }) => void job(() => 1));
  await bench.jobs.stop(8_000);
  const reply = await bench.call("late").reply;
  expect(reply.status).toBe(503);
  expect(errorOf(reply).code).toBe("AGENT_STOPPING");
});

it("a job that was being cancelled is cancelled", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun } = heldWork();
  const id = await bench.begin(work);
  await begun;
  const cancelled = bench.jobs.cancel(id);
  const stopped = bench.jobs.stop(0);
  bench.clock.advance(0);
  await stopped;
  expect((await cancelled).state).toBe("cancelled");
  expect(bench.clock.pending).toBe(0);
});
