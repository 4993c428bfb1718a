import type { Clock } from "../../clock.ts";
import { type Duration, SECOND } from "../../durations.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import { type GatheredMetric, takeSnapshot } from "../../observe/metrics/snapshot.ts";
import type { Task } from "../../schedule/task.ts";

export interface MetricsTaskOptions {
  /** hubhand's own. */
  readonly telemetry: Telemetry;
  /** All metrics as they are now. */
  gather(): Promise<readonly GatheredMetric[]>;
  /** Milliseconds. */
  readonly interval: number;
  readonly clock: Pick<Clock, "wallClock">;
}

const TIMEOUT_MS = 30 * SECOND;
/** A snapshot is worth so many intervals: whoever was offline for a week does not send a week of them. */
const WORTH_INTERVALS = 3;

/**
 * The task `hubhand/metrics`: sends a snapshot of the metrics as a message that goes last, and gives way first when there
 * is no room.
 */
export function metricsTask({ telemetry, gather, interval, clock }: MetricsTaskOptions): Task {
  let before: ReturnType<typeof takeSnapshot>["buckets"] | undefined;
  return {
    name: "metrics",
    plugin: "hubhand",
    description: "Sends a snapshot of the metrics to the hub.",
    every: interval,
    overlap: "skip",
    timeout: TIMEOUT_MS,
    async run() {
      const at = new Date(clock.wallClock());
      const { snapshot, buckets } = takeSnapshot({
        metrics: await gather(),
        at,
        ...(before === undefined ? {} : { before }),
      });
      const timeToLive: Duration = `${WORTH_INTERVALS * interval}ms`;
      const properties = { type: "metrics" };
      await telemetry.send(snapshot, { stream: "metrics", priority: "low", timeToLive, properties });
      before = buckets;
    },
  };
}
