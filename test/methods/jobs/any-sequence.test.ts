import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type JobRecord, parseRecord } from "../../../src/methods/jobs/record.ts";
import { createJobStore } from "../../../src/methods/jobs/store.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createBench, settle } from "../bench.ts";
import { type HeldWork, heldWork } from "./bench.ts";
import { mortalStore } from "./mortal-store.ts";

const cleanUp = cleanUpAfterEach();
const MOST_AT_ONCE = 5;

type Step =
  | { readonly kind: "begin" | "kill" }
  | { readonly kind: "progress" | "end" | "fail" | "cancel"; readonly which: number; readonly value: number }
  | { readonly kind: "time passes" | "clock jumps"; readonly milliseconds: number };

const one = <T extends string>(kind: T) => fc.constant(kind);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: one("begin") }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("progress" as const, "end" as const, "fail" as const, "cancel" as const),
      which: fc.nat(20),
      value: fc.nat(1_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: one("time passes"), milliseconds: fc.integer({ min: 1, max: 40_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: one("clock jumps"), milliseconds: fc.integer({ min: -1e7, max: 1e7 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: one("kill") }) },
);

/** An agent that lives again and again on the same disk, and all that a caller knows of its jobs. */
async function createWorld() {
  const folder = await cleanUp.folder();
  const { logger } = await createLogBook();
  /** What was told of each job the last time. */
  const told = new Map<string, JobRecord>();
  const works = new Map<string, HeldWork>();
  const progresses = new Map<string, unknown[]>();
  let jumped = 0;
  let called = 0;

  async function live() {
    const store = mortalStore(createJobStore({ directory: folder, logger }));
    const bench = await createBench({ store, concurrency: MOST_AT_ONCE });
    const { wallClock } = bench.clock;
    bench.clock.wallClock = () => wallClock() + jumped;
    return { ...bench, ...store };
  }
  let agent = await live();

  async function begin(): Promise<void> {
    const held = heldWork();
    called += 1;
    const name = `work-${called}`;
    agent.define(name, ({ job }) => void job(held.work));
    await agent.idle();
    const running = (await agent.jobs.list({ state: "running" })).length;
    const { status, body } = await agent.call(name).reply;
    expect(status).toBe(running < MOST_AT_ONCE ? 202 : 429);
    if (status !== 202) return;
    const { id } = await held.begun;
    expect(body).toEqual({ jobId: id });
    works.set(id, held);
    progresses.set(id, [undefined]);
    told.set(id, await agent.jobs.get(id));
  }

  /** As much as a disk is waited for, and no more: one that is slower is in another test. */
  async function pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 900) {
      await agent.idle();
      agent.clock.advance(Math.min(left, 900));
    }
  }

  async function work(kind: "progress" | "end" | "fail" | "cancel", which: number, value: number) {
    const id = [...told.keys()][which % Math.max(told.size, 1)] ?? "";
    const held = works.get(id);
    if (held === undefined) return;
    // One that has ended cannot be cancelled: what comes of that is told by another test.
    if (kind === "cancel") agent.jobs.cancel(id).catch(() => {});
    else if (kind === "end") held.end(value);
    else if (kind === "fail") held.fail(new Error(String(value)));
    else {
      progresses.get(id)?.push(value);
      (await held.begun).progress(value);
    }
  }

  /** What is told now must go on from what was told before. */
  async function ask(): Promise<void> {
    await settle();
    expect((await agent.jobs.list()).map(({ id }) => id).sort()).toEqual([...told.keys()].sort());
    for (const [id, before] of told) {
      const now = await agent.jobs.get(id);
      if (before.state !== "running") expect(now).toEqual(before);
      expect(progresses.get(id)).toContainEqual(now.progress);
      const times = [before.createdAt, before.updatedAt, now.updatedAt, now.endedAt ?? now.updatedAt];
      expect(times).toEqual(times.toSorted());
      expect(now.createdAt).toBe(before.createdAt);
      told.set(id, now);
    }
  }

  /** What was told as ended must be on disk just so. */
  async function readDisk(): Promise<void> {
    for (const [id, now] of told) {
      const onDisk = parseRecord(await readFile(join(folder, `${id}.json`), "utf8"));
      if (now.state === "running") expect(onDisk).toMatchObject({ id, createdAt: now.createdAt });
      else expect(onDisk).toEqual(now);
    }
  }

  async function killAndLiveAgain(): Promise<void> {
    await agent.kill();
    await readDisk();
    agent = await live();
    for (const [id, before] of told) {
      const now = await agent.jobs.get(id);
      expect(now.state).not.toBe("running");
      // The latest progress may not have come to the disk, and its time neither.
      if (before.state === "running") told.set(id, { ...before, updatedAt: before.createdAt });
    }
  }

  return {
    async take(each: Step): Promise<void> {
      if (each.kind === "begin") await begin();
      else if (each.kind === "kill") await killAndLiveAgain();
      else if (each.kind === "time passes") await pass(each.milliseconds);
      else if (each.kind === "clock jumps") jumped += each.milliseconds;
      else if ("which" in each) await work(each.kind, each.which, each.value);
      await ask();
    },
    async end(): Promise<void> {
      const stopped = agent.jobs.stop(0);
      agent.clock.advance(0);
      await stopped;
      await ask();
      for (const { state } of told.values()) expect(state).not.toBe("running");
      expect(agent.clock.pending).toBe(0);
      await agent.kill();
      await readDisk();
    },
  };
}

it("whatever happens in whatever order, a job that was told is known, and its end stands", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      const world = await createWorld();
      for (const each of steps) await world.take(each);
      await world.end();
    }),
    { numRuns: 40 },
  );
}, 120_000);
