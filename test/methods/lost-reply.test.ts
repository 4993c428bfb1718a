import { expect, it } from "vitest";
import { sample } from "../support/prometheus/samples.ts";
import { createBench } from "./bench.ts";

it.each([
  ["loses it", (lost: () => void) => lost()],
  [
    "fails as it takes the reply",
    () => {
      throw new Error("broken pipe");
    },
  ],
])("a reply that the hub never gets is counted and told: the link %s", async (_, link) => {
  const bench = await createBench();
  bench.link = link;
  bench.define("fine", () => 1);
  const call = bench.call("fine");
  await call.reply;
  await bench.dispatcher.idle();
  expect(call.replies).toHaveLength(1);
  const { registry } = bench.metrics;
  expect(await sample(registry, "hubhand_method_lost_replies_total", { method: "fine" })).toBe(1);
  expect(await sample(registry, "hubhand_methods_in_flight")).toBe(0);
  expect(await sample(registry, "hubhand_method_calls_total", { method: "fine", outcome: "ok" })).toBe(1);
  const line = bench.log.lines().find(({ msg }) => String(msg).startsWith("the reply is lost"));
  expect(line).toMatchObject({ level: "warn", method: "fine", requestId: call.requestId });
});
