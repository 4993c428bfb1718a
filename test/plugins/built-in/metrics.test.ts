import { expect, it } from "vitest";
import { MAX_REPLY_BYTES } from "../../../src/methods/reply.ts";
import type { MetricSnapshot } from "../../../src/plugins/built-in/index.ts";
import { createBuiltInBench } from "./bench.ts";

interface MetricsReply {
  readonly metrics: readonly MetricSnapshot[];
  readonly truncated: boolean;
  readonly leftOut?: readonly string[];
  readonly unknown?: readonly string[];
}

const benchWith = (metrics: readonly MetricSnapshot[]) =>
  createBuiltInBench(() => ({ metrics: async () => metrics }));

const gauge = (name: string, value: unknown = 1): MetricSnapshot => ({
  name,
  type: "gauge",
  values: [{ labels: {}, value }],
});

it("tells all of them, with type and values", async () => {
  const bench = await benchWith([gauge("one"), gauge("two", 2)]);
  expect((await bench.call("hubhand.metrics").reply).body).toEqual({
    metrics: [gauge("one"), gauge("two", 2)],
    truncated: false,
  });
});

it("or those that are asked for, and says which there are not", async () => {
  const bench = await benchWith([gauge("one"), gauge("two")]);
  const { body } = await bench.call("hubhand.metrics", { names: ["two", "three"] }).reply;
  expect(body).toEqual({ metrics: [gauge("two")], truncated: false, unknown: ["three"] });
});

it("is cut to fit a reply, and says what is not there", async () => {
  const large = gauge("large", "x".repeat(MAX_REPLY_BYTES));
  const bench = await benchWith([gauge("one"), large, gauge("two")]);
  const { status, body } = await bench.call("hubhand.metrics").reply;
  expect(status).toBe(200);
  expect(body).toEqual({ metrics: [gauge("one"), gauge("two")], truncated: true, leftOut: ["large"] });
});

it("what is in prom-client's registry is what is told", async () => {
  const bench = await createBuiltInBench(({ metrics }) => ({
    metrics: async () =>
      (await metrics.registry.getMetricsAsJSON()).map(({ name, type, values }) => ({
        name,
        type: String(type),
        values,
      })),
  }));
  await bench.call("hubhand.ping").reply;
  const names = ["hubhand_method_calls_total", "hubhand_method_duration_seconds"];
  const { body } = await bench.call("hubhand.metrics", { names }).reply;
  const [calls, durations] = (body as MetricsReply).metrics;
  expect(calls).toMatchObject({
    type: "counter",
    values: expect.arrayContaining([{ labels: { method: "hubhand.ping", outcome: "ok" }, value: 1 }]),
  });
  expect(durations).toMatchObject({ type: "histogram" });
});
