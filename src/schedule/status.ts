import { printDuration } from "../durations.ts";
import type { Moment, Plan } from "./plan.ts";
import type { TaskOutcome } from "./run-task.ts";
import type { Runner } from "./runner.ts";
import { labelOf, type Timing } from "./task.ts";

/** How a task is, for people and for `hubhand.tasks`. Times as ISO 8601. */
export interface TaskStatus {
  /** `plugin/task`, or the name of a task of the device's own. */
  readonly task: string;
  readonly plugin?: string;
  readonly description?: string;
  readonly cron?: string;
  /** Of a cron expression; absent for the machine's. */
  readonly timezone?: string;
  readonly every?: string;
  /** Whether it runs by itself. */
  readonly enabled: boolean;
  /** How many runs of it go on. */
  readonly running: number;
  readonly next?: string;
  /** Of this start of the agent. */
  readonly last?: { readonly at: string; readonly outcome: TaskOutcome; readonly ms: number };
}

export function statusOf({
  runner,
  plan,
  timing,
  now,
}: {
  readonly runner: Runner;
  readonly plan: Plan | undefined;
  readonly timing: Timing;
  readonly now: Moment;
}): TaskStatus {
  const { task, last, running } = runner;
  const { plugin, description } = task;
  const next = now.wall + (plan?.wait(now) ?? Number.POSITIVE_INFINITY);
  return {
    task: labelOf(task),
    ...(plugin === undefined ? {} : { plugin }),
    ...(description === undefined ? {} : { description }),
    ...(timing.kind === "every"
      ? { every: printDuration(timing.every) }
      : { cron: timing.cron, ...(timing.timezone === undefined ? {} : { timezone: timing.timezone }) }),
    enabled: plan !== undefined,
    running,
    ...(Number.isFinite(next) ? { next: isoOf(next) } : {}),
    ...(last === undefined
      ? {}
      : { last: { at: isoOf(last.at), outcome: last.outcome, ms: Math.round(last.milliseconds) } }),
  };
}

const isoOf = (time: number): string => new Date(time).toISOString();
