import { parseDuration } from "../durations.ts";
import { DEFAULT_RUN_MS } from "../rules/task-rules.ts";
import type { WrittenTask, WrittenTasks } from "../rules/written-tasks.ts";
import type { Task } from "./task.ts";

const milliseconds = (text: string | undefined): number | undefined => parseDuration(text ?? "");

/** A task as configuration and twin want it; `written` is checked already. */
export function overridden(task: Task, written: WrittenTask | undefined): Task {
  if (written === undefined) return task;
  const timed = written.cron !== undefined || written.every !== undefined;
  const cron = timed ? written.cron : task.cron;
  const every = timed ? milliseconds(written.every) : task.every;
  const jitter = milliseconds(written.jitter) ?? task.jitter ?? 0;
  return {
    ...task,
    cron,
    every,
    timezone: written.timezone ?? task.timezone,
    overlap: written.overlap ?? task.overlap,
    timeout: milliseconds(written.timeout) ?? task.timeout,
    // The plugin's own may not fit the new interval.
    jitter: Math.min(jitter, every ?? jitter),
    runAtStart: written.runAtStart ?? task.runAtStart,
    catchUp: written.catchUp ?? task.catchUp,
    enabled: written.enabled ?? task.enabled,
  };
}

/** A twin's property cannot hold a dot: an underscore may stand for it. */
export const twinLabel = (label: string): string => label.replaceAll(".", "_");

/** What is written for the task of that label. */
export function writtenFor(label: string, tasks: WrittenTasks): WrittenTask | undefined {
  const name = [label, twinLabel(label)].find((each) => Object.hasOwn(tasks, each));
  return name === undefined ? undefined : tasks[name];
}

/** A task of the device's own, as it is written. */
export function ownTask(name: string, written: WrittenTask, run: Task["run"]): Task {
  const task: Task = { name, plugin: undefined, overlap: "skip", timeout: DEFAULT_RUN_MS, run };
  return overridden(task, written);
}
