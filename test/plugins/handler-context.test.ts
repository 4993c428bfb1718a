import { expect, it } from "vitest";
import { type CallContext, definePlugin, type MethodDefinition } from "../../src/plugins/define-plugin.ts";
import { hostInProcess } from "../../src/plugins/hosts/in-process.ts";
import { noTelemetry } from "../../src/plugins/no-telemetry.ts";
import { createBench, settle } from "../methods/bench.ts";

async function host(methods: Record<string, MethodDefinition | MethodDefinition["handler"]>) {
  const bench = await createBench();
  const plugin = hostInProcess({
    definition: definePlugin({ methods }),
    name: "valve",
    kind: "module",
    settings: { litres: 2 },
    defaults: { timeout: 7_000, concurrency: 3, queue: 5 },
    telemetry: noTelemetry,
    logger: bench.log.logger,
  });
  bench.registry.add(plugin.methods);
  return bench;
}

it("a handler gets the payload, and a context with what it needs", async () => {
  let seen: CallContext | undefined;
  const bench = await host({
    open(payload, context) {
      seen = context;
      context.log.info("opening");
      context.reply(201, payload);
    },
  });
  const call = bench.call("open", { n: 1 });
  expect(await call.reply).toMatchObject({ status: 201, body: { n: 1 } });
  expect(seen).toMatchObject({
    plugin: "valve",
    method: "open",
    requestId: call.requestId,
    settings: { litres: 2 },
  });
  expect(seen?.signal).toBeInstanceOf(AbortSignal);
  expect(bench.log.lines().find(({ msg }) => msg === "opening")).toMatchObject({
    method: "open",
    requestId: call.requestId,
  });
});

it("`reply` and `signal` may be taken out of the context, as authors do", async () => {
  const bench = await host({ open: (_, { reply, signal }) => reply(200, signal.aborted) });
  expect((await bench.call("open").reply).body).toBe(false);
});

it("a context may be copied, others made of it, and its signal be replaced, as authors do", async () => {
  const bench = await host({
    copy: (_, context) => {
      const { log, signal, reply } = { ...context };
      log.info("copied");
      reply(200, [signal.aborted, Object.keys(context).sort()]);
    },
    derive: (_, context) => {
      const derived: CallContext = Object.create(context);
      derived.log.info("derived");
      derived.reply(200, derived.signal.aborted);
    },
    replace: (_, context) => {
      const signal = AbortSignal.any([context.signal, AbortSignal.abort()]);
      Object.assign(context, { signal });
      return context.signal.aborted;
    },
  });
  const keys = ["job", "log", "method", "plugin", "reply", "requestId", "settings", "signal", "telemetry"];
  expect((await bench.call("copy").reply).body).toEqual([false, keys]);
  expect((await bench.call("derive").reply).body).toBe(false);
  expect((await bench.call("replace").reply).body).toBe(true);
  expect(bench.log.lines().map(({ msg }) => msg)).toEqual(expect.arrayContaining(["copied", "derived"]));
});

it("limits that a method does not set are the configuration's; those it sets are its own", async () => {
  const bench = await host({
    plain: () => 1,
    own: { handler: () => 1, timeout: "1.5s", concurrency: 1, queue: 0 },
    number: { handler: () => 1, timeout: "250ms" },
  });
  expect(bench.registry.get("plain")).toMatchObject({ timeout: 7_000, concurrency: 3, queue: 5 });
  expect(bench.registry.get("own")).toMatchObject({ timeout: 1_500, concurrency: 1, queue: 0 });
  expect(bench.registry.get("number")).toMatchObject({ timeout: 250 });
});

it("the signal fires when the call's time is over", async () => {
  let reason: unknown;
  const bench = await host({
    open: (_, { signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          reason = signal.reason;
        });
      }),
  });
  bench.call("open");
  bench.clock.advance(7_000);
  await settle();
  expect(reason).toMatchObject({ message: "method open is over its 7000 ms" });
});
