import fc from "fast-check";
import { expect, it } from "vitest";
import { createBench, settle } from "./bench.ts";

const TIMEOUT = 100;

type Step =
  | { readonly kind: "call"; readonly handler: "waits" | "replies-then-waits" | "throws" | "returns" }
  | { readonly kind: "end"; readonly which: number; readonly well: boolean }
  | { readonly kind: "time"; readonly passes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      handler: fc.constantFrom(
        "waits" as const,
        "replies-then-waits" as const,
        "throws" as const,
        "returns" as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("end" as const), which: fc.nat(20), well: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("time" as const),
      passes: fc.integer({ min: 1, max: TIMEOUT }),
    }),
  },
);

const scenario = fc.record({
  concurrency: fc.integer({ min: 1, max: 4 }),
  queue: fc.nat(4),
  steps: fc.array(step, { maxLength: 60 }),
  drains: fc.boolean(),
});

it("whatever comes in whatever order, each call gets one reply, in time, and no more run than may", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ concurrency, queue, steps, drains }) => {
      const bench = await createBench();
      const ends: ((well: boolean) => void)[] = [];
      const running = new Set<string>();
      let most = 0;
      bench.define(
        "any",
        async ({ requestId, payload, reply, signal }) => {
          running.add(requestId);
          most = Math.max(most, running.size);
          // One that is over its time has lost its place, though its handler may not know yet.
          signal.addEventListener("abort", () => running.delete(requestId));
          try {
            if (payload === "throws") throw new Error("it does");
            if (payload === "returns") return 1;
            if (payload === "replies-then-waits") reply(202);
            await new Promise<void>((resolve, reject) => {
              ends.push((well) => (well ? resolve() : reject(new Error("badly"))));
            });
            return payload === "waits" ? "done" : undefined;
          } finally {
            running.delete(requestId);
          }
        },
        { concurrency, queue, timeout: TIMEOUT },
      );

      const calls = [];
      for (const each of steps) {
        if (each.kind === "call") {
          calls.push({
            placed: bench.call("any", JSON.stringify(each.handler)),
            due: bench.clock.now() + TIMEOUT,
          });
        } else if (each.kind === "end") ends[each.which % Math.max(ends.length, 1)]?.(each.well);
        else bench.clock.advance(each.passes);
        await settle();
        for (const { placed, due } of calls) {
          expect(placed.replies.length).toBeLessThanOrEqual(1);
          if (bench.clock.now() >= due) expect(placed.replies).toHaveLength(1);
        }
      }
      if (drains) {
        const drained = bench.dispatcher.drain(10);
        bench.clock.advance(10);
        await drained;
      } else bench.clock.advance(TIMEOUT);
      await settle();

      expect(calls.map(({ placed }) => placed.replies.length)).toEqual(calls.map(() => 1));
      expect(most).toBeLessThanOrEqual(concurrency);
      expect(bench.clock.pending).toBe(0);
      await bench.dispatcher.idle();
    }),
    { numRuns: 300 },
  );
});
