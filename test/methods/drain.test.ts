import { expect, it } from "vitest";
import { createBench, errorOf, settle } from "./bench.ts";

it("calls that run may end, and have their own answers", async () => {
  const bench = await createBench();
  const work = Promise.withResolvers<string>();
  bench.define("slow", () => work.promise);
  const call = bench.call("slow");
  const drained = bench.dispatcher.drain(8_000);
  work.resolve("done");
  await drained;
  expect((await call.reply).body).toBe("done");
  expect(bench.clock.pending).toBe(0);
});

it("so may those that wait for their turn", async () => {
  const bench = await createBench();
  const gates: (() => void)[] = [];
  bench.define("slow", ({ requestId }) => new Promise((resolve) => gates.push(() => resolve(requestId))), {
    concurrency: 1,
  });
  const calls = [bench.call("slow"), bench.call("slow")];
  const drained = bench.dispatcher.drain(8_000);
  gates[0]?.();
  await settle();
  gates[1]?.();
  await drained;
  expect(calls.map(({ replies }) => replies[0]?.body)).toEqual(["1", "2"]);
});

it("new calls are answered 503 at once, known or not", async () => {
  const bench = await createBench();
  bench.define("slow", () => new Promise(() => {}));
  bench.call("slow");
  void bench.dispatcher.drain(8_000);
  for (const name of ["slow", "unknown"]) {
    const call = bench.call(name);
    expect(call.replies).toHaveLength(1);
    expect(errorOf(await call.reply).code).toBe("AGENT_STOPPING");
    expect((await call.reply).status).toBe(503);
  }
});

it("who takes too long is aborted and answered 503; who waits is, and never starts", async () => {
  const bench = await createBench();
  const signals: AbortSignal[] = [];
  bench.define(
    "stuck",
    ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
    { concurrency: 2 },
  );
  const calls = Array.from({ length: 5 }, () => bench.call("stuck"));
  const drained = bench.dispatcher.drain(8_000);
  bench.clock.advance(7_999);
  expect(calls.flatMap(({ replies }) => replies)).toHaveLength(0);
  bench.clock.advance(1);
  await drained;
  expect(calls.map(({ replies }) => replies.map(({ status }) => status))).toEqual(calls.map(() => [503]));
  expect(signals).toHaveLength(2);
  expect(signals.map(({ aborted, reason }) => [aborted, (reason as Error).message])).toEqual([
    [true, "the agent is stopping"],
    [true, "the agent is stopping"],
  ]);
  expect(bench.clock.pending).toBe(0);
  await bench.dispatcher.idle();
});

it("a handler that has answered and works on is waited for as well, and told to give up in the end", async () => {
  const bench = await createBench();
  let signal: AbortSignal | undefined;
  bench.define("works-on", (invocation) => {
    signal = invocation.signal;
    invocation.reply(202);
    return new Promise(() => {});
  });
  const call = bench.call("works-on");
  await bench.dispatcher.idle(); // nothing is owed
  let over = false;
  const drained = bench.dispatcher.drain(8_000).then(() => {
    over = true;
  });
  await settle();
  expect(over).toBe(false);
  bench.clock.advance(8_000);
  await drained;
  expect(signal?.aborted).toBe(true);
  expect(call.replies.map(({ status }) => status)).toEqual([202]);
});

it("with nothing to wait for it is over at once", async () => {
  const bench = await createBench();
  await bench.dispatcher.drain(8_000);
  expect(bench.clock.pending).toBe(0);
});

it("a long queue is answered without running out of stack", async () => {
  const bench = await createBench();
  bench.define("stuck", () => new Promise(() => {}), { concurrency: 1, queue: 100_000 });
  const calls = Array.from({ length: 20_000 }, () => bench.call("stuck"));
  const drained = bench.dispatcher.drain(0);
  bench.clock.advance(0);
  await drained;
  expect(calls.every(({ replies }) => replies.length === 1 && replies[0]?.status === 503)).toBe(true);
});
