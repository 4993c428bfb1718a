import { expect, it } from "vitest";
import { hostInProcess } from "../../src/plugins/hosts/in-process.ts";
import { noTelemetry } from "../../src/plugins/no-telemetry.ts";
import { createBench, settle } from "../methods/bench.ts";
import { heldWork } from "../methods/jobs/bench.ts";

it("a plugin knows when none of its jobs runs: when they have ended, or were given up", async () => {
  const bench = await createBench();
  const [first, second] = [heldWork(), heldWork()];
  const plugin = hostInProcess({
    definition: {
      methods: { first: (_, { job }) => job(first.work), second: (_, { job }) => job(second.work) },
    },
    name: "worker",
    kind: "module",
    settings: {},
    defaults: { timeout: 30_000, concurrency: 16, queue: 64 },
    telemetry: noTelemetry,
    logger: bench.log.logger,
  });
  bench.registry.add(plugin.methods);
  await plugin.jobsDone();

  await Promise.all([bench.call("first").reply, bench.call("second").reply]);
  const { id } = await second.begun;
  let isDone = false;
  const done = plugin.jobsDone().then(() => {
    isDone = true;
  });
  await plugin.idle();
  first.end();
  await settle();
  expect(isDone).toBe(false);
  // Its work goes on: nobody waits for it any more.
  const cancelled = bench.jobs.cancel(id);
  bench.clock.advance(5_000);
  await cancelled;
  await done;
});
