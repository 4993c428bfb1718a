import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import type { Software } from "../../src/agent/boot-file.ts";
import { openBootRecord } from "../../src/agent/boot-record.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";

const cleanUp = cleanUpAfterEach();
const clock = createFakeClock();

/** A run on that state folder, on a machine that was started so often. */
function run(
  directory: string,
  { machine = "1", log = [] as string[], software = { version: "1.0.0" } as Software } = {},
) {
  const logger = pino({ level: "warn" }, { write: (line: string) => void log.push(line) });
  return openBootRecord({ directory, clock, logger, software, machineStart: async () => machine });
}

test("runs are counted, and each knows how the one before it ended", async () => {
  const directory = path.join(await cleanUp.folder(), "state");
  const first = await run(directory);
  expect(first).toMatchObject({ count: 1, startedAt: new Date(clock.wallClock()).toISOString() });
  expect(first.lastExit).toBeUndefined();
  clock.advance(60_000);
  await first.ended("stopped");
  const at = new Date(clock.wallClock()).toISOString();
  const second = await run(directory);
  expect(second).toMatchObject({ count: 2, lastExit: { reason: "stopped", at } });
  await second.ended("restart");
  expect((await run(directory)).lastExit?.reason).toBe("restart");
  expect((await stat(path.join(directory, "boot.json"))).mode & 0o777).toBe(0o600);
});

test("a run that said nothing was killed, or its machine lost power", async () => {
  const directory = await cleanUp.folder();
  const log: string[] = [];
  await run(directory);
  expect((await run(directory, { log })).lastExit).toEqual({ reason: "killed" });
  expect((await run(directory, { machine: "2", log })).lastExit).toEqual({ reason: "power-lost" });
  expect(log.join()).toMatch(/did not end in order/);
});

test("a damaged record is told, and counting starts again", async () => {
  const directory = await cleanUp.folder();
  const log: string[] = [];
  for (const damaged of ["", "{", '{"count":"many"}', "x".repeat(10_000)]) {
    await writeFile(path.join(directory, "boot.json"), damaged);
    expect((await run(directory, { log })).count).toBe(1);
  }
  expect(log).toHaveLength(4);
  expect(JSON.parse(await readFile(path.join(directory, "boot.json"), "utf8"))).toMatchObject({ count: 1 });
});

test("a state folder that cannot be written is told, and is no reason not to run", async () => {
  const directory = await cleanUp.folder();
  await mkdir(path.join(directory, "boot.json"));
  const log: string[] = [];
  const record = await run(directory, { log });
  await record.ended("stopped");
  expect(record.count).toBe(1);
  expect(log.join()).toMatch(/runs cannot be counted/);
});

test("it is known since when this software runs, and what ran before it; a roll-back is a change like any other", async () => {
  const directory = await cleanUp.folder();
  const now = () => new Date(clock.wallClock()).toISOString();
  const [old, next] = [
    { version: "1.0.0", revision: "a" },
    { version: "1.0.0", revision: "b" },
  ];
  const since = now();
  const first = await run(directory, { software: old });
  expect(first.softwareSince).toBe(since);
  expect(first).not.toHaveProperty("softwareBefore");
  clock.advance(60_000);
  expect((await run(directory, { software: old })).softwareSince).toBe(since);

  for (const [from, to] of [
    [old, next],
    [next, old],
  ] as const) {
    clock.advance(60_000);
    const at = now();
    const changed = await run(directory, { software: to });
    await changed.ended("stopped");
    clock.advance(60_000);
    expect(await run(directory, { software: to })).toMatchObject({ softwareSince: at, softwareBefore: from });
  }
});

test("a record of an agent that did not write its software yet is no other software", async () => {
  const directory = await cleanUp.folder();
  await writeFile(path.join(directory, "boot.json"), JSON.stringify({ count: 3, startedAt: "2026-01-01" }));
  const boot = await run(directory);
  expect(boot).toMatchObject({ count: 4, softwareSince: boot.startedAt });
  expect(boot.softwareBefore).toBeUndefined();
});
