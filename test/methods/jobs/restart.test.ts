import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { sample } from "../../support/prometheus/samples.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();
const ID = "0b0c4d0e-7a52-4c8e-9d4b-5a1f3f1f6a51";

describe("an agent that was killed", () => {
  it("tells of its jobs as it did before, and of those that ran that they were interrupted", async () => {
    const folder = await cleanUp.folder();
    const before = await createJobBench(folder);
    const done = await before.begin(() => ({ degrees: 21 }));
    const failed = await before.begin(() => {
      throw new Error("no paper");
    });
    const running = await before.begin(heldWork().work);
    const told = await Promise.all([done, failed].map((id) => before.ended(id)));

    const after = await createJobBench(folder);
    await after.jobs.load();
    expect(await after.jobs.get(done)).toEqual(told[0]);
    expect(await after.jobs.get(failed)).toEqual(told[1]);
    const interrupted = await after.jobs.get(running);
    expect(interrupted).toMatchObject({
      state: "interrupted",
      error: { code: "JOB_INTERRUPTED", message: "the agent ended before it did" },
    });
    expect(await after.onDisk(running)).toEqual(interrupted);
    const { registry } = after.metrics;
    expect(await sample(registry, "hubhand_jobs_total", { method: "work-3", outcome: "interrupted" })).toBe(
      1,
    );

    const again = await createJobBench(folder);
    expect(await again.jobs.get(running)).toEqual(interrupted);
    expect((await again.jobs.list()).map(({ state }) => state).sort()).toEqual([
      "done",
      "failed",
      "interrupted",
    ]);
  });

  it("takes away what was half written", async () => {
    const folder = await cleanUp.folder();
    await writeFile(join(folder, `.${ID}.json.0123456789ab`), '{"id":');
    const bench = await createJobBench(folder);
    await bench.jobs.load();
    expect(await bench.files()).toEqual([]);
  });
});

it.each([
  ["cut off", '{"id":"'],
  ["empty", ""],
  ["of another job", JSON.stringify({ id: "x" })],
  ["null", "null"],
  [
    "without its end",
    JSON.stringify({
      id: ID,
      method: "m",
      plugin: "p",
      requestId: "1",
      state: "done",
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    }),
  ],
])("a file that is %s is set aside, and the log says so", async (_, text) => {
  const folder = await cleanUp.folder();
  await writeFile(join(folder, `${ID}.json`), text);
  const bench = await createJobBench(folder);
  const other = await bench.begin(() => 1);
  await bench.ended(other);
  expect((await bench.jobs.list()).map(({ id }) => id)).toEqual([other]);
  expect(await readFile(join(folder, `${ID}.json.unusable`), "utf8")).toBe(text);
  expect(bench.storeLog.lines()).toEqual([
    expect.objectContaining({
      level: "warn",
      msg: expect.stringContaining(`${ID}.json is damaged; it is now `),
    }),
  ]);
});

it("files of others are left alone", async () => {
  const folder = await cleanUp.folder();
  await writeFile(join(folder, "notes.txt"), "mine");
  const bench = await createJobBench(folder);
  await bench.jobs.load();
  expect(await bench.jobs.list()).toEqual([]);
  expect(await bench.files()).toEqual(["notes.txt"]);
});

it("only the agent's user may read what was done", async () => {
  const folder = join(await cleanUp.folder(), "state", "jobs");
  const bench = await createJobBench(folder);
  const id = await bench.begin(() => 1);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, `${id}.json`))).mode & 0o777).toBe(0o600);
});

it("a disk that takes nothing costs a warning, once; jobs run and are told all the same", async () => {
  const parent = await cleanUp.folder();
  // A file where the folder should be: not even root can write into that.
  await writeFile(join(parent, "jobs"), "");
  const bench = await createJobBench(join(parent, "jobs"));
  const first = await bench.begin(() => "a");
  const second = await bench.begin(() => "b");
  expect(await bench.ended(first)).toMatchObject({ state: "done", result: "a" });
  expect(await bench.ended(second)).toMatchObject({ state: "done", result: "b" });
  const warnings = bench.storeLog.lines().map(({ msg }) => msg);
  expect(warnings.filter((msg) => msg?.startsWith("jobs cannot be kept on disk: "))).toHaveLength(1);
});

it("a result whose file was lost is missing; the rest is told", async () => {
  const folder = await cleanUp.folder();
  const bench = await createJobBench(folder);
  const id = await bench.begin(() => "a");
  await bench.ended(id);
  await writeFile(join(folder, `${id}.json`), "?");
  const job = await bench.jobs.get(id);
  expect(job).toMatchObject({ id, state: "done" });
  expect(job).not.toHaveProperty("result");
});
