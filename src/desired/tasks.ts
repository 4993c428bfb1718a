import { HOUR, parseDuration, printDuration, SECOND } from "../durations.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { WrittenTask, WrittenTasks } from "../written-tasks.ts";
import { type RootProperty, Unfit } from "./root.ts";

export interface TaskPropertiesOptions {
  readonly schedule: Pick<Schedule, "override" | "problem" | "unknown">;
  /** How often the configuration has the device tell that it lives, in milliseconds; null for never. */
  readonly heartbeat: number | null;
}

const HEARTBEAT = "hubhand/heartbeat";
/** As `schedule.heartbeat` of the configuration. */
const LEAST_HEARTBEAT = 10 * SECOND;
const LONGEST_HEARTBEAT = 24 * HOUR;

/** When tasks run, and how often the device tells that it lives, which is a task too. */
export function taskProperties({ schedule, heartbeat }: TaskPropertiesOptions) {
  let tasks: WrittenTasks = {};
  let interval: string | undefined;

  function change(wanted: { readonly tasks: WrittenTasks; readonly interval: string | undefined }): void {
    schedule.override(withHeartbeat(wanted.tasks, wanted.interval));
    ({ tasks, interval } = wanted);
  }

  const taskProperty: RootProperty = {
    async apply(value = {}) {
      const problem = schedule.problem(value);
      if (problem !== undefined) throw new Unfit(problem);
      change({ tasks: value as WrittenTasks, interval });
      const unknown = schedule.unknown(tasks).filter((name) => Object.hasOwn(tasks, name));
      if (unknown.length === 0) return undefined;
      const description = `there is no task ${unknown.join(", ")} yet; it is changed when a plugin brings it`;
      return { status: 200, description };
    },
    current: () => tasks,
  };

  const heartbeatProperty: RootProperty = {
    async apply(value) {
      const isOne = value === undefined || value === "off" || isInterval(value);
      if (!isOne) throw new Unfit('expected a duration from 10s to 24h, like "15m", or "off"');
      change({ tasks, interval: value as string | undefined });
      return undefined;
    },
    current: () => interval ?? (heartbeat === null ? "off" : printDuration(heartbeat)),
  };

  return { tasks: taskProperty, heartbeatInterval: heartbeatProperty };
}

function withHeartbeat(tasks: WrittenTasks, interval: string | undefined): WrittenTasks {
  if (interval === undefined) return tasks;
  const { cron: _, ...own }: WrittenTask =
    (Object.hasOwn(tasks, HEARTBEAT) ? tasks[HEARTBEAT] : undefined) ?? {};
  const wanted = interval === "off" ? { enabled: false } : { enabled: true, every: interval };
  return { ...tasks, [HEARTBEAT]: { ...own, ...wanted } };
}

function isInterval(value: unknown): boolean {
  const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
  return milliseconds !== undefined && milliseconds >= LEAST_HEARTBEAT && milliseconds <= LONGEST_HEARTBEAT;
}
