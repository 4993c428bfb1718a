import { expect, it } from "vitest";
import { sample } from "../support/prometheus/samples.ts";
import { type Bench, createBench, errorOf, settle } from "./bench.ts";

/** A method whose calls end when the test says so. */
async function gated(limits: { concurrency: number; queue: number }) {
  const bench: Bench = await createBench();
  const gates = new Map<string, () => void>();
  const started: string[] = [];
  bench.define(
    "gated",
    async ({ requestId }) => {
      started.push(requestId);
      await new Promise<void>((resolve) => gates.set(requestId, resolve));
      return requestId;
    },
    limits,
  );
  const end = async (id: string): Promise<void> => {
    gates.get(id)?.();
    await settle();
  };
  return { bench, started, end };
}

it("so many run at once, so many wait, and the next is answered 429 at once", async () => {
  const { bench, started } = await gated({ concurrency: 2, queue: 3 });
  const calls = Array.from({ length: 6 }, () => bench.call("gated"));
  expect(started).toEqual(["1", "2"]);
  expect(calls.map(({ replies }) => replies.length)).toEqual([0, 0, 0, 0, 0, 1]);
  const reply = await calls[5]?.reply;
  expect(reply?.status).toBe(429);
  expect(reply && errorOf(reply)).toEqual({
    code: "METHOD_BUSY",
    message: "gated is busy: 2 calls run and 3 wait",
    details: { concurrency: 2, queue: 3 },
  });
  expect(await sample(bench.metrics.registry, "hubhand_methods_in_flight")).toBe(5);
});

it("first come, first served", async () => {
  const { bench, started, end } = await gated({ concurrency: 1, queue: 10 });
  for (let index = 0; index < 5; index += 1) bench.call("gated");
  for (const id of ["1", "2", "3", "4", "5"]) await end(id);
  expect(started).toEqual(["1", "2", "3", "4", "5"]);
});

it("a place in the queue is free again when its call starts", async () => {
  const { bench, end } = await gated({ concurrency: 1, queue: 1 });
  bench.call("gated");
  bench.call("gated");
  expect((await bench.call("gated").reply).status).toBe(429);
  await end("1");
  const taken = bench.call("gated");
  expect(taken.replies).toHaveLength(0);
  await end("2");
  await end(taken.requestId);
  expect((await taken.reply).status).toBe(200);
});

it("without a queue none waits", async () => {
  const { bench, end } = await gated({ concurrency: 1, queue: 0 });
  bench.call("gated");
  expect((await bench.call("gated").reply).status).toBe(429);
  await end("1");
  const next = bench.call("gated");
  expect(next.replies).toHaveLength(0);
});

it("a method that is busy does not hold up another", async () => {
  const { bench } = await gated({ concurrency: 1, queue: 0 });
  bench.define("free", () => "here");
  bench.call("gated");
  expect((await bench.call("free").reply).body).toBe("here");
});

it("what is refused for its payload takes no place", async () => {
  const { bench, started } = await gated({ concurrency: 1, queue: 0 });
  expect((await bench.call("gated", "{").reply).status).toBe(400);
  bench.call("gated");
  expect(started).toHaveLength(1);
});

it("the time in the queue is measured", async () => {
  const { bench, end } = await gated({ concurrency: 1, queue: 1 });
  bench.call("gated");
  bench.call("gated");
  bench.clock.advance(2_000);
  await end("1");
  const { registry } = bench.metrics;
  expect(await sample(registry, "hubhand_method_queue_seconds_count", { method: "gated" })).toBe(2);
  expect(await sample(registry, "hubhand_method_queue_seconds_sum", { method: "gated" })).toBe(2);
});

it("handlers that answer at once are over one after the other: none of their calls waits", async () => {
  const bench = await createBench();
  bench.define("quick", ({ requestId }) => requestId, { concurrency: 1, queue: 0 });
  const calls = Array.from({ length: 100 }, () => bench.call("quick"));
  expect(calls.map(({ replies }) => replies.map(({ status }) => status))).toEqual(calls.map(() => [200]));
  expect(bench.clock.pending).toBe(0);
});

it("a long queue from which many leave is served in its order", async () => {
  const { bench, started, end } = await gated({ concurrency: 2, queue: 1_000 });
  for (let index = 1; index <= 60; index += 1) bench.call("gated");
  const expected = ["1", "2"];
  for (let id = 1; id <= 60; id += 1) {
    await end(String(id));
    if (id <= 58) expected.push(String(id + 2));
    // The queue runs empty, and fills again.
    if (id === 60) for (let index = 61; index <= 64; index += 1) bench.call("gated");
  }
  for (const id of ["61", "62", "63", "64"]) await end(id);
  expect(started).toEqual([...expected, "61", "62", "63", "64"]);
});
