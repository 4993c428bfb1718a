import { HOUR, parseDuration, printDuration, SECOND } from "../durations.ts";
import { type RootProperty, Unfit } from "./root.ts";

/** What changes tasks while they run: the schedule. */
export interface TaskOverrides {
  /** Lays these over the configuration's, in place of those that were laid over it before. */
  override(tasks: Tasks): void;
  /** Says what is wrong with tasks, or undefined. */
  problem(tasks: unknown): string | undefined;
  /** Which of these are of no plugin that there was yet. */
  unknown(tasks: Tasks): readonly string[];
}

type Tasks = Readonly<Record<string, object>>;

export interface TaskPropertiesOptions {
  readonly schedule: TaskOverrides;
  /** How often the configuration has the device tell that it lives, in milliseconds; null for never. */
  readonly heartbeat: number | null;
}

const HEARTBEAT = "hubhand/heartbeat";
/** As `schedule.heartbeat` of the configuration. */
const LEAST_HEARTBEAT = 10 * SECOND;
const LONGEST_HEARTBEAT = 24 * HOUR;

/** When tasks run, and how often the device tells that it lives, which is a task too. */
export function taskProperties({ schedule, heartbeat }: TaskPropertiesOptions) {
  let tasks: Tasks = {};
  let interval: string | undefined;

  function change(wanted: { readonly tasks: Tasks; readonly interval: string | undefined }): void {
    const own = Object.hasOwn(wanted.tasks, HEARTBEAT) ? wanted.tasks[HEARTBEAT] : {};
    const beats = { ...own, ...heartbeatTask(wanted.interval) };
    schedule.override({
      ...wanted.tasks,
      ...(Object.keys(beats).length === 0 ? {} : { [HEARTBEAT]: beats }),
    });
    ({ tasks, interval } = wanted);
  }

  const taskProperty: RootProperty = {
    async apply(value = {}) {
      const problem = schedule.problem(value);
      if (problem !== undefined) throw new Unfit(problem);
      change({ tasks: value as Tasks, interval });
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

function heartbeatTask(interval: string | undefined): object {
  if (interval === undefined) return {};
  return interval === "off" ? { enabled: false } : { enabled: true, every: interval };
}

function isInterval(value: unknown): boolean {
  const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
  return milliseconds !== undefined && milliseconds >= LEAST_HEARTBEAT && milliseconds <= LONGEST_HEARTBEAT;
}
