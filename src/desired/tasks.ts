import { parseDuration, printDuration } from "../durations.ts";
import type { Heartbeat } from "../heartbeat/heartbeat.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { HEARTBEAT } from "../task-rules.ts";
import type { WrittenTasks } from "../written-tasks.ts";
import { type RootProperty, Unfit } from "./root.ts";

/** What is due when, over what the configuration and the plugins say. */
export function tasksProperty(schedule: Pick<Schedule, "override" | "problem" | "unknown">): RootProperty {
  let tasks: WrittenTasks = {};
  return {
    async apply(value = {}) {
      const problem = schedule.problem(value);
      if (problem !== undefined) throw new Unfit(problem);
      tasks = value as WrittenTasks;
      schedule.override(tasks);
      const unknown = schedule.unknown(tasks).filter((name) => Object.hasOwn(tasks, name));
      if (unknown.length === 0) return undefined;
      const description = `there is no task ${unknown.join(", ")} yet; it is changed when a plugin brings it`;
      return { status: 200, description };
    },
    current: () => tasks,
  };
}

export interface HeartbeatPropertyOptions {
  readonly heartbeat: Heartbeat;
  /** What the configuration says: milliseconds, or never. */
  readonly configured: number | "off";
}

/** How often the device tells that it lives. */
export function heartbeatProperty({ heartbeat, configured }: HeartbeatPropertyOptions): RootProperty {
  let current = configured;
  return {
    async apply(value) {
      const interval = value === undefined ? configured : readInterval(value);
      heartbeat.setInterval(interval);
      current = interval;
      return undefined;
    },
    current: () => (current === "off" ? current : printDuration(current)),
  };
}

function readInterval(value: unknown): number | "off" {
  if (value === "off") return value;
  const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
  if (milliseconds !== undefined && milliseconds >= HEARTBEAT.min && milliseconds <= HEARTBEAT.max)
    return milliseconds;
  throw new Unfit('expected a duration from 10s to 24h, like "15m", or "off"');
}
