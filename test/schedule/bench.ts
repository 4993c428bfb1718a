import { createMetrics, type Metrics } from "../../src/observe/metrics/metrics.ts";
import { createSchedule, type Schedule, type ScheduleOptions } from "../../src/schedule/schedule.ts";
import type { Task } from "../../src/schedule/task.ts";
import { createLogBook, type LogBook } from "../support/agent/log-lines.ts";
import { sample } from "../support/prometheus/samples.ts";
import { createFakeClock, type FakeClock } from "../support/time/fake-clock.ts";

export interface ScheduleBench {
  readonly schedule: Schedule;
  readonly metrics: Metrics;
  readonly clock: FakeClock;
  readonly log: LogBook;
  /** Adds `plugin/tidy`: far from now, five minutes, no overlap, unless told otherwise. */
  add(run: Task["run"], options?: Partial<Task>): void;
  runNow(): ReturnType<Schedule["runNow"]>;
  /** How often `plugin/tidy` ended so. */
  count(outcome: string): Promise<number | undefined>;
}

/** A schedule whose time moves only when it is told to; it begins one second after midnight (UTC) of 1 January 2026. */
export async function createScheduleBench(
  options: Partial<Pick<ScheduleOptions, "timezone" | "configured" | "ownRun" | "lastRuns" | "random">> = {},
  clock: FakeClock = createFakeClock(),
): Promise<ScheduleBench> {
  const log = await createLogBook();
  const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
  const schedule = createSchedule({
    timezone: "UTC",
    metrics,
    logger: log.logger,
    clock,
    machineUptime: clock.machineUptime,
    ...options,
  });
  return {
    schedule,
    metrics,
    clock,
    log,
    add(run, options = {}) {
      const task: Task = {
        name: "tidy",
        plugin: "plugin",
        cron: options.every === undefined ? "0 0 1 1 *" : undefined,
        overlap: "skip",
        timeout: 300_000,
        run,
        ...options,
      };
      schedule.add([task]);
    },
    runNow: () => schedule.runNow("plugin", "tidy"),
    count: (outcome) => sample(metrics.registry, "hubhand_task_runs_total", { task: "plugin/tidy", outcome }),
  };
}
