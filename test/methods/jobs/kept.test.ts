import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { createJobBench, heldWork, type JobBench } from "./bench.ts";

const cleanUp = cleanUpAfterEach();
const HOUR = 3_600_000;

async function endedJob(bench: JobBench): Promise<string> {
  const id = await bench.begin(() => 1);
  await bench.ended(id);
  return id;
}

const ids = async (bench: JobBench) => (await bench.jobs.list()).map(({ id }) => id);
const filesAre = (bench: JobBench, expected: string[]) =>
  waitUntil("old files are gone", async () => {
    const files = await bench.files();
    return (
      files.sort().join() ===
      expected
        .map((id) => `${id}.json`)
        .sort()
        .join()
    );
  });

it("so many are told, the newest first; those that run do not count", async () => {
  const bench = await createJobBench(await cleanUp.folder(), { kept: 2 });
  const running = await bench.begin(heldWork().work);
  await endedJob(bench);
  bench.clock.advance(1);
  const second = await endedJob(bench);
  bench.clock.advance(1);
  const third = await endedJob(bench);
  expect(await ids(bench)).toEqual([third, second, running]);
  await filesAre(bench, [running, second, third]);
});

it("for so long", async () => {
  const bench = await createJobBench(await cleanUp.folder(), { keptFor: HOUR });
  const old = await endedJob(bench);
  bench.clock.advance(HOUR / 2);
  const young = await endedJob(bench);
  expect(await ids(bench)).toEqual([young, old]);
  bench.clock.advance(HOUR / 2);
  expect(await ids(bench)).toEqual([young]);
  await filesAre(bench, [young]);
  await expect(bench.jobs.get(old)).rejects.toMatchObject({ code: "JOB_UNKNOWN" });
});

it("the time goes on over a restart", async () => {
  const folder = await cleanUp.folder();
  const before = await createJobBench(folder, { keptFor: HOUR });
  const old = await endedJob(before);
  before.clock.advance(HOUR / 2);
  const young = await endedJob(before);
  const after = await createJobBench(folder, { keptFor: HOUR });
  after.clock.advance(HOUR);
  expect(await ids(after)).toEqual([young]);
  expect(old).not.toBe(young);
});

it("a device that learns the date only now does not forget for that", async () => {
  const folder = await cleanUp.folder();
  const bench = await createJobBench(folder, { keptFor: HOUR });
  const id = await endedJob(bench);
  const { wallClock } = bench.clock;
  bench.clock.wallClock = () => wallClock() + 50 * 365 * 24 * HOUR;
  expect(await ids(bench)).toEqual([id]);
});

it("are those of a state, a method or a plugin, if only those are asked for", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const running = await bench.begin(heldWork().work);
  const done = await endedJob(bench);
  const asked = async (query: object) => (await bench.jobs.list(query)).map(({ id }) => id);
  expect(await asked({ state: "running" })).toEqual([running]);
  expect(await asked({ state: "done" })).toEqual([done]);
  expect(await asked({ method: "work-1" })).toEqual([running]);
  expect(await asked({ plugin: "test", state: "failed" })).toEqual([]);
  expect(await asked({ plugin: "another" })).toEqual([]);
});
