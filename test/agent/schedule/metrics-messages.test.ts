import { describe, expect, it } from "vitest";
import { beginMetricsMessages } from "../../../src/agent/schedule/schedule.ts";
import { MINUTE } from "../../../src/durations.ts";
import { HubhandError } from "../../../src/errors.ts";
import { settle } from "../../methods/bench.ts";
import { createScheduleBench } from "../../schedule/bench.ts";
import { createCollectedTelemetry } from "../../support/hub/collected-telemetry.ts";

async function benchWith(snapshotInterval: number | "off") {
  const bench = await createScheduleBench({ random: () => 0.5 });
  const collected = createCollectedTelemetry();
  await beginMetricsMessages({
    config: { observe: { snapshotInterval } } as never,
    schedule: bench.schedule,
    telemetry: collected.telemetryFor("hubhand"),
    metrics: bench.metrics,
    clock: bench.clock,
  });
  const snapshot = () => bench.schedule.runNow("hubhand", "metrics");
  return { ...bench, collected, snapshot };
}

describe("metrics as messages", () => {
  it("are sent at their interval, go last, and are worth three intervals", async () => {
    const { clock, collected } = await benchWith(5 * MINUTE);
    clock.advance(5 * MINUTE);
    await settle();
    const options = {
      stream: "metrics",
      priority: "low",
      timeToLive: "900000ms",
      properties: { type: "metrics" },
    };
    expect(collected.sent).toMatchObject([{ body: { at: expect.any(String), metrics: {} }, options }]);
    clock.advance(5 * MINUTE);
    await settle();
    expect(collected.sent).toHaveLength(2);
  });

  it("are not sent at all if they are off", async () => {
    const { schedule, clock } = await benchWith("off");
    expect(schedule.list()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("tell how long calls took since the last message that could be handed over", async () => {
    const { metrics, collected, snapshot } = await benchWith(5 * MINUTE);
    const medians = () =>
      collected.sent.map(({ body }) => {
        const { metrics } = body as { metrics: Record<string, { p50?: number }[]> };
        return metrics.hubhand_method_duration_seconds?.[0]?.p50;
      });
    metrics.methodDuration.observe({ method: "relay" }, 0.2);
    await snapshot();
    metrics.methodDuration.observe({ method: "relay" }, 4);
    collected.refuse(new HubhandError("OUTBOX_FULL", "no room"));
    expect(await snapshot()).toBe("failed");
    collected.refuse(undefined);
    await snapshot();
    await snapshot();
    expect(medians()).toEqual([0.175, 3.75, undefined]);
  });
});
