import { expect, it } from "vitest";
import { settle } from "../methods/bench.ts";
import { createScheduleBench } from "./bench.ts";

it("skip: while the last run goes on, the next is left out, counted and told", async () => {
  const bench = await createScheduleBench();
  const work = Promise.withResolvers<void>();
  let runs = 0;
  bench.add(() => {
    runs += 1;
    return work.promise;
  });
  const first = bench.runNow();
  expect(await bench.runNow()).toBe("skipped");
  work.resolve();
  expect(await first).toBe("ok");
  expect(await bench.runNow()).toBe("ok");
  expect(runs).toBe(2);
  expect(await bench.count("skipped")).toBe(1);
  expect(await bench.count("ok")).toBe(2);
  expect(bench.log.lines()).toMatchObject([
    { level: "warn", task: "plugin/tidy", msg: expect.stringContaining("skipped") },
  ]);
});

it("allow: they run side by side", async () => {
  const bench = await createScheduleBench();
  const ends: (() => void)[] = [];
  bench.add(() => new Promise<void>((resolve) => ends.push(resolve)), { overlap: "allow" });
  const runs = [bench.runNow(), bench.runNow()];
  await settle();
  expect(ends).toHaveLength(2);
  for (const end of ends) end();
  expect(await Promise.all(runs)).toEqual(["ok", "ok"]);
});

it("queue: one waits and begins when the last has ended; a further one is left out", async () => {
  const bench = await createScheduleBench();
  const ends: (() => void)[] = [];
  bench.add(() => new Promise<void>((resolve) => ends.push(resolve)), { overlap: "queue" });
  const [first, second] = [bench.runNow(), bench.runNow()];
  expect(await bench.runNow()).toBe("skipped");
  expect(ends).toHaveLength(1);
  ends[0]?.();
  expect(await first).toBe("ok");
  await settle();
  expect(ends).toHaveLength(2);
  ends[1]?.();
  expect(await second).toBe("ok");
});

it("queue: what waits when the agent stops does not begin", async () => {
  const bench = await createScheduleBench();
  let runs = 0;
  bench.add(
    ({ signal }) => {
      runs += 1;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    { overlap: "queue" },
  );
  const [first, second] = [bench.runNow(), bench.runNow()];
  await bench.schedule.stop(1_000);
  expect([await first, await second]).toEqual(["stopped", "skipped"]);
  expect(runs).toBe(1);
});

it("the old and the new version of a plugin do not do a task at the same time", async () => {
  const bench = await createScheduleBench();
  const work = Promise.withResolvers<void>();
  const task = { name: "tidy", plugin: "plugin", every: 60_000, overlap: "skip", timeout: 300_000 } as const;
  bench.schedule.replace("plugin", [{ ...task, run: () => work.promise }]);
  const old = bench.runNow();
  let runs = 0;
  bench.schedule.replace("plugin", [{ ...task, run: () => (runs += 1) }]);
  expect(await bench.runNow()).toBe("skipped");
  work.resolve();
  await old;
  expect(await bench.runNow()).toBe("ok");
  expect(runs).toBe(1);
});

it("a run that is over its time holds up the next no longer", async () => {
  const bench = await createScheduleBench();
  let runs = 0;
  bench.add(() => {
    runs += 1;
    return runs === 1 ? new Promise(() => {}) : undefined;
  });
  const first = bench.runNow();
  bench.clock.advance(300_000);
  expect(await first).toBe("timed_out");
  expect(await bench.runNow()).toBe("ok");
});
