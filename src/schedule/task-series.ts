import type { Metrics } from "../observe/metrics/metrics.ts";
import { TASK_OUTCOMES } from "../observe/metrics/plugins.ts";
import type { TaskOutcome } from "./run-task.ts";

/** Instruments that have series for each task. */
export type TaskInstruments = Pick<
  Metrics,
  "taskRuns" | "taskDuration" | "tasksRunning" | "taskNextRun" | "taskLastSuccess"
>;

/**
 * Counts the runs of tasks that there are. The series of a task end with it, and a run of it that ends later is counted no
 * more: the twin may name tasks anew as often as it likes.
 */
export interface TaskSeries {
  /** These are the owner's tasks now, and no others. */
  keep(owner: string, labels: readonly string[]): void;
  count(label: string, outcome: TaskOutcome | "missed", by?: number): void;
  took(label: string, milliseconds: number): void;
  /** A run ended well, at this time since 1970 in milliseconds. */
  succeeded(label: string, at: number): void;
}

export function createTaskSeries(metrics: TaskInstruments): TaskSeries {
  const owners = new Map<string, readonly string[]>();
  const isKept = (label: string): boolean => [...owners.values()].some((labels) => labels.includes(label));

  function begin(task: string): void {
    // From nothing to one must show as a rate. One that is told to give up is told so as the agent ends.
    for (const outcome of TASK_OUTCOMES)
      if (outcome !== "stopped") metrics.taskRuns.inc({ task, outcome }, 0);
  }

  function end(task: string): void {
    for (const outcome of TASK_OUTCOMES) metrics.taskRuns.remove({ task, outcome });
    metrics.taskDuration.remove({ task });
    metrics.taskLastSuccess.remove({ task });
  }

  return {
    keep(owner, labels) {
      const before = owners.get(owner) ?? [];
      if (labels.length > 0) owners.set(owner, labels);
      else owners.delete(owner);
      for (const label of before) if (!isKept(label)) end(label);
      for (const label of labels) begin(label);
    },
    count(task, outcome, by = 1) {
      if (isKept(task)) metrics.taskRuns.inc({ task, outcome }, by);
    },
    took(task, milliseconds) {
      if (isKept(task)) metrics.taskDuration.observe({ task }, milliseconds / 1000);
    },
    succeeded(task, at) {
      if (isKept(task)) metrics.taskLastSuccess.set({ task }, at / 1000);
    },
  };
}
