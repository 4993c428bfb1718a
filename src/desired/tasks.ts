import { lackingMethods } from "../agent/schedule/method-tasks.ts";
import { cut } from "../cut.ts";
import { parseDuration, printDuration } from "../durations.ts";
import type { Heartbeat } from "../heartbeat/heartbeat.ts";
import type { MethodRegistry } from "../methods/registry.ts";
import { HEARTBEAT } from "../rules/task-rules.ts";
import type { WrittenTasks } from "../rules/written-tasks.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { withMeant } from "../suggest.ts";
import { type RootProperty, Unfit } from "./root.ts";

/** The hub takes 4 KiB for a text of a twin. */
const LONGEST_REMARK = 1_000;

/** What is due when, over what the configuration and the plugins say. */
export function tasksProperty(
  schedule: Pick<Schedule, "list" | "override" | "problem" | "unknown">,
  registry: Pick<MethodRegistry, "get" | "list">,
): RootProperty {
  let tasks: WrittenTasks = {};
  return {
    async apply(value = {}) {
      const problem = schedule.problem(value);
      if (problem !== undefined) throw new Unfit(problem);
      tasks = value as WrittenTasks;
      schedule.override(tasks);
      const unknown = schedule.unknown(tasks).filter((name) => Object.hasOwn(tasks, name));
      const lacking = lackingMethods(tasks, registry);
      const known = schedule.list().map(({ task }) => task);
      const told = unknown.map((name) => withMeant(name, known));
      const remarks = [
        ...(told.length === 0
          ? []
          : [`there is no task ${told.join(", ")} yet; it is changed when a plugin brings it`]),
        ...lacking.map((task) => `${task}, which is no method yet`),
      ];
      return remarks.length === 0
        ? undefined
        : { status: 200, description: cut(remarks.join("; "), LONGEST_REMARK) };
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
  const [min, max] = [HEARTBEAT.min, HEARTBEAT.max].map(printDuration);
  throw new Unfit(`expected a duration from ${min} to ${max}, like "15m", or "off"`);
}
