import type { Clock } from "../clock.ts";
import { forAuthor, type Logger } from "../events/logger.ts";
import type { Task } from "./task.ts";

/**
 * How a run ended, as `hubhand_task_runs_total` counts it; `skipped` is one that did not begin, `stopped` one that
 * gave up as the agent stops.
 */
export type TaskOutcome = "ok" | "failed" | "timed_out" | "skipped" | "stopped";

export interface TaskRun {
  readonly task: Task;
  /** Gives the task its signal; aborted here when its time is over. */
  readonly abort: AbortController;
  readonly logger: Logger;
  readonly clock: Clock;
  stopping(): boolean;
}

/** Runs a task once. Resolves when it has ended or its time is over; never rejects. */
export async function runTask({ task, abort, logger, clock, stopping }: TaskRun): Promise<TaskOutcome> {
  const over = Promise.withResolvers<TaskOutcome>();
  let late = false;
  const cancelTimer = clock.setTimer(task.timeout, () => {
    late = true;
    logger.error({ event: "task.timed-out", timeoutMs: task.timeout }, "the task is over its time");
    abort.abort(new Error(`task ${task.name} is over its ${task.timeout} ms`));
    over.resolve("timed_out");
  });

  async function work(): Promise<TaskOutcome> {
    try {
      await task.run({ signal: abort.signal, logger: forAuthor(logger) });
      return "ok";
    } catch (error) {
      if (late)
        logger.warn({ event: "task.failed-late", err: error }, "the task failed after its time was over");
      else if (stopping())
        logger.info({ event: "task.gave-up", err: error }, "the task gave up, as the agent stops");
      else logger.error({ event: "task.failed", err: error }, "the task failed");
      return stopping() ? "stopped" : "failed";
    }
  }

  try {
    return await Promise.race([work(), over.promise]);
  } finally {
    cancelTimer();
  }
}
