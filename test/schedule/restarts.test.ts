import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/durations.ts";
import { type LastRuns, openLastRuns } from "../../src/schedule/last-runs.ts";
import type { Task } from "../../src/schedule/task.ts";
import { settle } from "../methods/bench.ts";
import { createLogBook } from "../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock, type FakeClock } from "../support/time/fake-clock.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { createScheduleBench } from "./bench.ts";

const nightly = { cron: "0 3 * * *", catchUp: "once", overlap: "allow" } as const;

const cleanUp = cleanUpAfterEach();
const folderOfState = async () => path.join(await cleanUp.folder(), "state", "schedule.json");

/** One life of an agent: the same machine and disk as the one before. */
async function agentOn(file: string, clock: FakeClock, options: Partial<Task> = nightly, run?: Task["run"]) {
  const { logger, lines } = await createLogBook();
  const lastRuns = await openLastRuns({ file, logger, clock });
  const bench = await createScheduleBench({ lastRuns, random: () => 0.5 }, clock);
  const runs: string[] = [];
  bench.add(run ?? (() => runs.push(new Date(clock.wallClock()).toISOString().slice(8, 16))), options);
  return {
    bench,
    runs,
    warnings: () => [...lines(), ...bench.log.lines()].filter(({ level }) => level === "warn"),
    async stop() {
      await settle();
      await bench.schedule.stop(0);
    },
  };
}

/** The machine is off, and its clock goes on. */
const off = (clock: FakeClock, milliseconds: number) => clock.setWallClock(milliseconds);

describe("a task that catches up", () => {
  it("runs once at the start if it should have run while the agent was off, and not again at the next", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    const first = await agentOn(file, clock);
    clock.advance(HOUR);
    await first.stop();
    off(clock, 49 * HOUR);
    const second = await agentOn(file, clock);
    expect(second.runs).toEqual(["03T02:00"]);
    expect(second.warnings()).toMatchObject([
      { msg: expect.stringMatching(/^2 runs .+ as neither agent nor plugin ran; one makes up/) },
    ]);
    await second.stop();
    const third = await agentOn(file, clock);
    clock.advance(61 * MINUTE);
    expect(third.runs).toEqual(["03T03:00"]);
    await third.stop();
  });

  it("that was told to give up as the agent stopped is done again", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    const first = await agentOn(file, clock, nightly, ({ signal }) => {
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    clock.advance(3 * HOUR);
    await first.stop();
    off(clock, 2 * MINUTE);
    const second = await agentOn(file, clock);
    expect(second.runs).toEqual(["01T03:02"]);
    await second.stop();
  });

  it("and runs at its start does so once", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    await (await agentOn(file, clock)).stop();
    off(clock, 30 * HOUR);
    const second = await agentOn(file, clock, { ...nightly, runAtStart: true });
    expect(second.runs).toEqual(["02T06:00"]);
    await second.stop();
  });

  it("and was switched off for a while has missed nothing, after a restart neither", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    const first = await agentOn(file, clock);
    first.bench.schedule.override({ "plugin/tidy": { enabled: false } });
    clock.advance(30 * HOUR);
    first.bench.schedule.override({});
    await first.stop();
    off(clock, HOUR);
    const second = await agentOn(file, clock);
    expect(second.runs).toEqual([]);
    await second.stop();
  });

  it("of an interval goes on in its rhythm", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    const daily = { every: 24 * HOUR, catchUp: "once", overlap: "allow" } as const;
    const first = await agentOn(file, clock, daily);
    clock.advance(12 * HOUR);
    expect(first.runs).toEqual(["01T12:00"]);
    await first.stop();
    off(clock, HOUR);
    const second = await agentOn(file, clock, daily);
    clock.advance(23 * HOUR);
    expect(second.runs).toEqual(["02T12:00"]);
    await second.stop();
    off(clock, 30 * HOUR);
    const third = await agentOn(file, clock, daily);
    expect(third.runs).toEqual(["03T18:00"]);
    await third.stop();
  });

  it("waits for the right time on a machine whose clock begins in 1970", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    const first = await agentOn(file, clock);
    await first.stop();
    const right = clock.wallClock() + 4 * HOUR;
    clock.setWallClock(-clock.wallClock() + SECOND);
    const second = await agentOn(file, clock);
    clock.advance(MINUTE);
    expect(second.runs).toEqual([]);
    clock.setWallClock(right - clock.wallClock());
    clock.advance(31 * SECOND);
    expect(second.runs).toEqual(["01T04:00"]);
    await second.stop();
  });

  it("has missed nothing of other times that it is due at now", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    await (await agentOn(file, clock)).stop();
    off(clock, 30 * HOUR);
    const second = await agentOn(file, clock, { ...nightly, cron: "0 5 * * *" });
    expect(second.runs).toEqual([]);
    await second.stop();
  });
});

it("a task that does not catch up costs no write, and runs when it is due next", async () => {
  const [file, clock] = [await folderOfState(), createFakeClock()];
  const first = await agentOn(file, clock, { ...nightly, catchUp: "none" });
  clock.advance(4 * HOUR);
  await first.stop();
  await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  off(clock, 30 * HOUR);
  const second = await agentOn(file, clock, { ...nightly, catchUp: "none" });
  expect(second.runs).toEqual([]);
  expect(second.warnings()).toEqual([]);
  await second.stop();
});

describe("the file", () => {
  it("is written once a minute at most, and for the owner alone", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    const { logger } = await createLogBook();
    const lastRuns: LastRuns = await openLastRuns({ file, logger, clock });
    lastRuns.set("plugin/a", "every 1000", 1);
    lastRuns.set("plugin/b", "every 1000", 1);
    clock.advance(5 * SECOND);
    await waitUntil("it is written", () =>
      stat(file).then(
        () => true,
        () => false,
      ),
    );
    const { mode } = await stat(file);
    expect(mode & 0o777).toBe(0o600);
    for (let second = 0; second < 50; second += 1) {
      lastRuns.set("plugin/a", "every 1000", second);
      clock.advance(SECOND);
    }
    expect(clock.pending).toBe(1); // It waits for the minute to be over.
    await lastRuns.close();
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
      version: 1,
      tasks: {
        "plugin/a": { timing: "every 1000", time: 49 },
        "plugin/b": { timing: "every 1000", time: 1 },
      },
    });
  });

  it.each([
    "{",
    "null",
    "[]",
    '{"tasks":{"plugin/tidy":{"timing":7}}}',
    '{"tasks":{"plugin/tidy":null,"timing":{}}}',
    '{"tasks":{"plugin/tidy":{"timing":"0 3 * * *","time":-1e300}}}',
    '{"tasks":{"plugin/tidy":{"timing":"0 3 * * * UTC","time":-1e300}}}',
  ])("that holds %s is told, and begun anew", async (content) => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    await (await agentOn(file, clock)).stop();
    await writeFile(file, content);
    const again = await agentOn(file, clock);
    expect(again.warnings()).toHaveLength(content.includes("timing") ? 0 : 1);
    await again.stop();
    expect(await readFile(file, "utf8")).toContain("plugin/tidy");
  });

  it("that cannot be written is told once, and tasks run on", async () => {
    const [file, clock] = [await folderOfState(), createFakeClock()];
    await writeFile(path.dirname(file), "no folder");
    const agent = await agentOn(file, clock);
    clock.advance(30 * HOUR);
    await agent.stop();
    expect(agent.runs).toEqual(["01T03:00", "02T03:00"]);
    const told = agent.warnings().map(({ msg }) => msg);
    expect(told).toEqual([
      expect.stringMatching(/schedule\.json cannot be read: ENOTDIR/),
      expect.stringContaining("cannot be kept"),
    ]);
  });
});
