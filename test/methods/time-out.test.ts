import { expect, it } from "vitest";
import { sample } from "../support/prometheus/samples.ts";
import { createBench, errorOf, settle } from "./bench.ts";

const forever = () => new Promise<never>(() => {});

it("a handler that never ends is answered 408 when its time is over, and its signal has fired", async () => {
  const bench = await createBench();
  let signal: AbortSignal | undefined;
  bench.define(
    "stuck",
    (invocation) => {
      signal = invocation.signal;
      return forever();
    },
    { timeout: 5_000 },
  );
  const call = bench.call("stuck");
  bench.clock.advance(4_999);
  expect(call.replies).toHaveLength(0);
  expect(signal?.aborted).toBe(false);
  bench.clock.advance(1);
  expect(call.replies).toHaveLength(1);
  expect(signal?.aborted).toBe(true);
  expect(signal?.reason).toMatchObject({ message: "method stuck is over its 5000 ms" });
  const reply = await call.reply;
  expect(reply.status).toBe(408);
  expect(errorOf(reply)).toEqual({
    code: "METHOD_TIMED_OUT",
    message: "stuck is over its 5000 ms: its handler did not answer",
    details: { timeoutMs: 5_000 },
  });
  expect(
    await sample(bench.metrics.registry, "hubhand_method_duration_seconds_sum", { method: "stuck" }),
  ).toBe(5);
});

it("it gives its place to the next call", async () => {
  const bench = await createBench();
  let calls = 0;
  bench.define(
    "once-stuck",
    () => {
      calls += 1;
      return calls === 1 ? forever() : calls;
    },
    { concurrency: 1, timeout: 1_000 },
  );
  bench.call("once-stuck");
  bench.clock.advance(500);
  const waiting = bench.call("once-stuck");
  bench.clock.advance(500);
  expect((await waiting.reply).body).toBe(2);
  expect((await bench.call("once-stuck").reply).body).toBe(3);
  expect(bench.clock.pending).toBe(0);
});

it("a call that waits for its turn all its time is told so, and its handler never starts", async () => {
  const bench = await createBench();
  const started: string[] = [];
  bench.define(
    "slow",
    ({ requestId, payload }) => {
      started.push(requestId);
      return new Promise((resolve) => bench.clock.setTimer(payload as number, () => resolve("done")));
    },
    { concurrency: 1, timeout: 1_000 },
  );
  const first = bench.call("slow", 900);
  bench.clock.advance(500);
  const second = bench.call("slow", 900); // starts at 900, is over at 1500
  const third = bench.call("slow", 100);
  bench.clock.advance(400);
  expect((await first.reply).body).toBe("done");
  await settle();
  bench.clock.advance(600);
  await settle();
  expect(errorOf(await second.reply).message).toBe("slow is over its 1000 ms: its handler did not answer");
  expect(errorOf(await third.reply).message).toBe("slow is over its 1000 ms: it waited in the queue");
  expect(started).toEqual([first.requestId, second.requestId]);
  const next = bench.call("slow", 10);
  bench.clock.advance(10);
  expect((await next.reply).body).toBe("done");
});

it("an answer after the time is dropped and counted", async () => {
  const bench = await createBench();
  const late = Promise.withResolvers<string>();
  bench.define("returns", () => late.promise, { timeout: 10 });
  bench.define("replies", async ({ reply }) => reply(200, await late.promise), { timeout: 10 });
  const calls = [bench.call("returns"), bench.call("replies")];
  bench.clock.advance(10);
  late.resolve("too late");
  await settle();
  for (const call of calls) expect(call.replies.map(({ status }) => status)).toEqual([408]);
  for (const method of ["returns", "replies"]) {
    expect(await sample(bench.metrics.registry, "hubhand_method_extra_replies_total", { method })).toBe(1);
  }
});

it("a handler that heeds its signal ends in peace: one line of the time-out, one of its own failure", async () => {
  const bench = await createBench();
  bench.define(
    "heedful",
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    { timeout: 10 },
  );
  const call = bench.call("heedful");
  bench.clock.advance(10);
  await settle();
  expect(call.replies.map(({ status }) => status)).toEqual([408]);
  expect(bench.log.lines().map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    "debug a call has arrived",
    "warn answered with an error",
    "warn the handler failed after the call was answered",
  ]);
});

it("a handler may answer with what it has as its signal fires", async () => {
  const bench = await createBench();
  bench.define(
    "partial",
    ({ signal, reply }) => {
      signal.addEventListener("abort", () => reply(206, { found: 3 }));
      return forever();
    },
    { timeout: 10 },
  );
  const call = bench.call("partial");
  bench.clock.advance(10);
  expect(call.replies.map(({ status }) => status)).toEqual([206]);
});

it("a handler that ends long after its time does not give back its place twice", async () => {
  const bench = await createBench();
  const ends: (() => void)[] = [];
  bench.define("slow", () => new Promise<void>((resolve) => ends.push(resolve)), {
    concurrency: 1,
    timeout: 10,
  });
  bench.call("slow");
  bench.clock.advance(10);
  ends[0]?.();
  await settle();
  bench.call("slow");
  bench.call("slow");
  expect(ends).toHaveLength(2); // the second of these waits
});

it("the timer goes with the call: what is answered is not aborted", async () => {
  const bench = await createBench();
  let signal: AbortSignal | undefined;
  bench.define("quick", (invocation) => {
    signal = invocation.signal;
    return 1;
  });
  await bench.call("quick").reply;
  await settle();
  expect(bench.clock.pending).toBe(0);
  bench.clock.advance(100_000);
  expect(signal?.aborted).toBe(false);
});

it("one that has answered and works on is told to give up when its time is over", async () => {
  const bench = await createBench();
  let signal: AbortSignal | undefined;
  bench.define("works-on", (invocation) => {
    signal = invocation.signal;
    invocation.reply(202);
    return forever();
  });
  const call = bench.call("works-on");
  bench.clock.advance(30_000);
  expect(signal?.aborted).toBe(true);
  expect(call.replies.map(({ status }) => status)).toEqual([202]);
  const { registry } = bench.metrics;
  expect(
    await sample(registry, "hubhand_method_extra_replies_total", { method: "works-on" }),
  ).toBeUndefined();
});

it("of calls that came together none starts when all are over", async () => {
  const bench = await createBench();
  let started = 0;
  const stuck = () => {
    started += 1;
    return forever();
  };
  bench.define("stuck", stuck, { concurrency: 1, queue: 50_000 });
  const calls = Array.from({ length: 50_001 }, () => bench.call("stuck"));
  bench.clock.advance(30_000);
  expect(started).toBe(1);
  expect(calls.every(({ replies }) => replies.length === 1 && replies[0]?.status === 408)).toBe(true);
  await bench.dispatcher.idle();
});

it("each is over at its own time, whichever timers there are", async () => {
  const bench = await createBench();
  bench.define("second", forever, { timeout: 1_000 });
  bench.define("half", forever, { timeout: 500 });
  const began = bench.clock.now();
  const answered: string[] = [];
  const place = (name: string): void =>
    void bench.call(name).reply.then(() => answered.push(`${name} at ${bench.clock.now() - began}`));
  place("second");
  bench.clock.advance(300);
  place("second");
  place("half");
  expect(bench.clock.pending).toBe(2);
  for (let passed = 300; passed < 1_500; passed += 100) {
    bench.clock.advance(100);
    await settle();
  }
  expect(answered).toEqual(["half at 800", "second at 1000", "second at 1300"]);
  expect(bench.clock.pending).toBe(0);
});

it("a handler that asks for its signal when its time is over gets one that has fired", async () => {
  const bench = await createBench();
  const gate = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<AbortSignal>();
  bench.define("late", async (invocation) => {
    await gate.promise;
    seen.resolve(invocation.signal);
  });
  bench.call("late");
  bench.clock.advance(30_000);
  gate.resolve();
  expect(await seen.promise).toMatchObject({
    aborted: true,
    reason: { message: "method late is over its 30000 ms" },
  });
});
