import path from "node:path";
import { type Clock, systemClock } from "../../clock.ts";
import type { Config } from "../../config/schema.ts";
import type { Logger } from "../../events/logger.ts";
import { type FactsOptions, heartbeatFacts } from "../../heartbeat/facts.ts";
import { createHeartbeat, type Heartbeat } from "../../heartbeat/heartbeat.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { Dispatcher } from "../../methods/dispatcher.ts";
import type { MethodRegistry } from "../../methods/registry.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { WrittenTasks } from "../../rules/written-tasks.ts";
import { openLastRuns } from "../../schedule/last-runs.ts";
import { createSchedule, type Schedule } from "../../schedule/schedule.ts";
import type { TaskInstruments } from "../../schedule/task-series.ts";
import { lackingMethods, methodTasks } from "./method-tasks.ts";

export interface ConfiguredScheduleOptions {
  readonly config: Pick<Config, "schedule" | "state">;
  readonly dispatcher: Pick<Dispatcher, "dispatch">;
  /** Where the answers of the device's own tasks go. */
  readonly telemetry: Telemetry;
  readonly metrics: TaskInstruments;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface BeginTasksOptions {
  readonly schedule: Pick<Schedule, "beginOwn" | "unknown">;
  readonly heartbeat: Pick<Heartbeat, "begin">;
  /** Those of the configuration. */
  readonly tasks: WrittenTasks;
  readonly registry: Pick<MethodRegistry, "get" | "list">;
  readonly logger: Logger;
}

/**
 * When the plugins are loaded: starts the heartbeat and the device's own tasks, whose methods are there now, and tells
 * which tasks the configuration changes that no plugin has, or methods it runs; their names are probably misspelt.
 */
export function beginTasks({ schedule, heartbeat, tasks, registry, logger }: BeginTasksOptions): void {
  heartbeat.begin();
  schedule.beginOwn();
  const unknown = schedule.unknown();
  if (unknown.length > 0)
    logger.warn({ event: "task.unknown", tasks: unknown }, "schedule.tasks changes tasks that are not there");
  const lacking = lackingMethods(tasks, registry);
  if (lacking.length > 0)
    logger.warn(
      { event: "task.without-method", tasks: lacking },
      "schedule.tasks runs methods that are not there",
    );
}

/** The schedule as the configuration has it, and as the last run of the agent left it on disk. */
export async function configuredSchedule({
  config,
  dispatcher,
  telemetry,
  metrics,
  logger,
  clock = systemClock,
}: ConfiguredScheduleOptions): Promise<Schedule> {
  const { timezone, tasks } = config.schedule;
  const file = path.join(config.state.directory, "schedule.json");
  return createSchedule({
    timezone: timezone ?? undefined,
    configured: tasks,
    ownRun: methodTasks({ dispatcher, telemetry, clock }),
    lastRuns: await openLastRuns({ file, logger, clock }),
    metrics,
    logger,
    clock,
  });
}

export interface MetricsMessagesOptions {
  readonly config: Pick<Config, "observe">;
  readonly schedule: Pick<Schedule, "replace">;
  /** hubhand's own. */
  readonly telemetry: Telemetry;
  readonly metrics: Pick<Metrics, "registry">;
  readonly clock?: Clock;
}

/** Begins to send the metrics as messages, if that is wanted; what does it is not even loaded otherwise. */
export async function beginMetricsMessages({
  config,
  schedule,
  telemetry,
  metrics,
  clock = systemClock,
}: MetricsMessagesOptions): Promise<void> {
  const interval = config.observe.snapshotInterval;
  if (interval === "off") return;
  const { metricsTask } = await import("./metrics-messages.ts");
  const gather = () => metrics.registry.getMetricsAsJSON();
  schedule.replace("hubhand/metrics", [metricsTask({ telemetry, gather, interval, clock })]);
}

export interface ConfiguredHeartbeatOptions extends Pick<FactsOptions, "metrics" | "plugins"> {
  readonly config: Pick<Config, "schedule" | "state">;
  readonly schedule: Schedule;
  /** hubhand's own. */
  readonly telemetry: Telemetry;
  readonly clock?: Clock;
}

/** The built-in heartbeat, at the interval of the configuration. */
export function configuredHeartbeat({
  config,
  schedule,
  telemetry,
  clock = systemClock,
  ...sources
}: ConfiguredHeartbeatOptions): Heartbeat {
  const stateDirectory = config.state.directory;
  return createHeartbeat({
    schedule,
    telemetry,
    facts: () => heartbeatFacts({ ...sources, stateDirectory, clock }),
    interval: config.schedule.heartbeat,
  });
}
