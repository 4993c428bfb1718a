import { describe, expect, it } from "vitest";
import { settle } from "../methods/bench.ts";
import { sample } from "../support/prometheus/samples.ts";
import { createScheduleBench } from "./bench.ts";

describe("a run", () => {
  it("is measured, and its log names the task", async () => {
    const bench = await createScheduleBench();
    const work = Promise.withResolvers<void>();
    bench.add(async ({ logger }) => {
      logger.info("tidying");
      await work.promise;
    });
    const run = bench.runNow();
    bench.clock.advance(2_500);
    work.resolve();
    expect(await run).toBe("ok");
    expect(
      await sample(bench.metrics.registry, "hubhand_task_duration_seconds_sum", { task: "plugin/tidy" }),
    ).toBe(2.5);
    expect(bench.log.lines()).toMatchObject([{ msg: "tidying", task: "plugin/tidy" }]);
    expect(bench.clock.pending).toBe(1); // The next look at the clock.
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no broom");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("no broom");
      },
    ],
  ])("that %s is counted and told, and the next runs", async (_, run) => {
    const bench = await createScheduleBench();
    bench.add(run);
    expect(await bench.runNow()).toBe("failed");
    expect(await bench.runNow()).toBe("failed");
    expect(await bench.count("failed")).toBe(2);
    expect(bench.log.lines()[0]).toMatchObject({
      level: "error",
      task: "plugin/tidy",
      msg: "the task failed",
      err: { message: "no broom" },
    });
  });

  it("over its time is told to give up, counted once, and its late failure is no second one", async () => {
    const bench = await createScheduleBench();
    bench.add(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      { timeout: 1_000 },
    );
    const run = bench.runNow();
    bench.clock.advance(1_000);
    expect(await run).toBe("timed_out");
    await settle();
    expect(await bench.count("timed_out")).toBe(1);
    expect(await bench.count("failed")).toBe(0);
    expect(bench.log.lines().map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      "error the task is over its time",
      "warn the task failed after its time was over",
    ]);
  });

  it("of a task that there is not is undefined", async () => {
    const bench = await createScheduleBench();
    expect(await bench.runNow()).toBeUndefined();
  });
});

describe("stopping", () => {
  it("tells what runs to give up, and waits for it", async () => {
    const bench = await createScheduleBench();
    let reason: unknown;
    bench.add(
      ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(signal.reason);
          }),
        ),
    );
    const run = bench.runNow();
    await bench.schedule.stop(2_000);
    expect(await run).toBe("stopped");
    expect(reason).toMatchObject({ message: "the agent is stopping" });
    expect(await bench.count("stopped")).toBe(1);
    expect(bench.log.lines().filter(({ level }) => level === "error")).toEqual([]);
    expect(bench.clock.pending).toBe(0);
  });

  it("but not for ever", async () => {
    const bench = await createScheduleBench();
    bench.add(() => new Promise(() => {}));
    void bench.runNow();
    await settle();
    const stopped = bench.schedule.stop(2_000);
    bench.clock.advance(2_000);
    await stopped;
  });

  it("a run that ends well in spite of it is ok", async () => {
    const bench = await createScheduleBench();
    const work = Promise.withResolvers<void>();
    bench.add(() => work.promise);
    const run = bench.runNow();
    const stopped = bench.schedule.stop(2_000);
    work.resolve();
    await stopped;
    expect(await run).toBe("ok");
  });
});
