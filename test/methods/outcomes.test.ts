import { expect, it } from "vitest";
import type { Handler, Method } from "../../src/methods/method.ts";
import { sample } from "../support/prometheus/samples.ts";
import { type Bench, createBench, settle } from "./bench.ts";

const forever = () => new Promise<never>(() => {});
const call = (bench: Bench, payload?: unknown) => bench.call("m", payload);

interface Ending {
  readonly outcome: string;
  readonly status: number;
  readonly level: string;
  /** What the method does. */
  readonly handler: Handler;
  readonly limits?: Partial<Method>;
  /** What happens besides one call without a payload. */
  readonly play?: (bench: Bench) => void;
}

/** Every way a call can end: what the metric calls it, what the caller gets, and how loud the log is. */
const OUTCOMES: readonly Ending[] = [
  { outcome: "ok", status: 200, level: "info", handler: () => 1 },
  { outcome: "handler_error", status: 404, level: "warn", handler: ({ reply }) => reply(404, "no") },
  { outcome: "payload_invalid", status: 400, level: "warn", handler: () => 1, limits: { schema: false } },
  {
    outcome: "method_timed_out",
    status: 408,
    level: "warn",
    handler: forever,
    play: (bench) => bench.clock.advance(30_000),
  },
  { outcome: "reply_too_large", status: 413, level: "warn", handler: () => "x".repeat(131_072) },
  {
    outcome: "method_busy",
    status: 429,
    level: "warn",
    handler: forever,
    limits: { concurrency: 1, queue: 0 },
    play: (bench) => call(bench),
  },
  {
    outcome: "method_failed",
    status: 500,
    level: "error",
    handler: () => Promise.reject(new Error("no water")),
  },
  {
    outcome: "agent_stopping",
    status: 503,
    level: "warn",
    handler: forever,
    play(bench) {
      void bench.dispatcher.drain(0);
      bench.clock.advance(0);
    },
  },
];

it.each(OUTCOMES)(
  "$outcome: status $status, counted and measured once, a line of level $level",
  async (ending) => {
    const { outcome, status, level, handler, limits, play } = ending;
    const bench = await createBench();
    bench.define("m", handler, limits);
    call(bench);
    play?.(bench);
    await settle();
    const { registry } = bench.metrics;
    expect(await sample(registry, "hubhand_method_calls_total", { method: "m", outcome })).toBe(1);
    expect(await sample(registry, "hubhand_method_duration_seconds_count", { method: "m" })).toBe(1);
    const answers = bench.log.lines().filter(({ event }) => /^call\.(answered|failed)$/.test(`${event}`));
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({
      level,
      status,
      outcome,
      method: "m",
      requestId: expect.any(String),
      ms: expect.any(Number),
    });
  },
);

it("method_not_found: counted under _unknown; the log has the name that was asked for", async () => {
  const bench = await createBench();
  bench.call("m");
  expect(
    await sample(bench.metrics.registry, "hubhand_method_calls_total", {
      method: "_unknown",
      outcome: "method_not_found",
    }),
  ).toBe(1);
  expect(bench.log.lines()).toMatchObject([
    { level: "debug", event: "call.arrived" },
    { level: "warn", status: 404, method: "m", requestId: "1" },
  ]);
});

it("every line of a call carries its method and request id: hubhand's and the handler's own", async () => {
  const bench = await createBench();
  bench.define("m", async ({ logger, reply }) => {
    logger.info({ valve: 3 }, "opening");
    reply(200);
    reply(200);
    throw new Error("afterwards");
  });
  const { requestId } = bench.call("m");
  await settle();
  const lines = bench.log.lines();
  expect(lines.map(({ msg }) => msg)).toEqual([
    "a call has arrived",
    "opening",
    "answered",
    "the call was answered already; this answer is dropped",
    "the handler failed after the call was answered",
  ]);
  for (const line of lines) expect(line).toMatchObject({ method: "m", requestId });
});

it("an error's stack is in the log, for its author", async () => {
  const bench = await createBench();
  bench.define("m", () => {
    throw new Error("no water", { cause: new Error("valve 3") });
  });
  bench.call("m");
  await settle();
  const line = bench.log.lines().find(({ msg }) => msg === "the handler failed");
  expect(line).toMatchObject({
    level: "error",
    err: { message: "no water: valve 3", stack: expect.stringContaining("outcomes.test.ts") },
  });
});

it("calls in flight are those without a reply, and payload sizes are measured both ways", async () => {
  const bench = await createBench();
  const { registry } = bench.metrics;
  const work = Promise.withResolvers<string>();
  bench.define("m", () => work.promise);
  call(bench, "[1]");
  expect(await sample(registry, "hubhand_methods_in_flight")).toBe(1);
  work.resolve("12345");
  await settle();
  expect(await sample(registry, "hubhand_methods_in_flight")).toBe(0);
  expect(await sample(registry, "hubhand_method_payload_bytes_sum", { direction: "request" })).toBe(3);
  expect(await sample(registry, "hubhand_method_payload_bytes_sum", { direction: "reply" })).toBe(7);
});

it.each(["returns", "throws", "replies and goes on"])(
  "how long a handler that %s has held the event loop is told",
  async (how) => {
    const bench = await createBench();
    bench.define("blocks", ({ reply }) => {
      bench.clock.advance(2_000);
      if (how === "throws") throw new Error("no water");
      if (how === "returns") return 1;
      reply(200);
      return new Promise(() => {});
    });
    bench.call("blocks");
    expect(await sample(bench.metrics.registry, "nodejs_eventloop_lag_max_seconds")).toBe(2);
  },
);
