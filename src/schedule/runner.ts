import type { Clock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import { runTask, type TaskOutcome } from "./run-task.ts";
import { labelOf, type Task } from "./task.ts";
import type { TaskSeries } from "./task-series.ts";

/** How the last run went. */
export interface LastRun {
  /** When it began, or was left out: milliseconds since 1970. */
  readonly at: number;
  readonly outcome: TaskOutcome;
  readonly milliseconds: number;
}

/** The runs of one task, under its rules. */
export interface Runner {
  /** What is run; a later version takes the place of an earlier one. */
  task: Task;
  readonly running: number;
  readonly last: LastRun | undefined;
  /** Runs it now. Never rejects. */
  run(): Promise<TaskOutcome>;
  /** Runs it after its jitter; `ended` is told how that ended, unless it never began. */
  runSoon(ended?: (outcome: TaskOutcome) => void): void;
  /** Starts nothing any more of what waits. */
  cancel(): void;
}

export interface RunnerOptions {
  readonly task: Task;
  readonly series: Omit<TaskSeries, "keep">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Every run of the schedule, and what aborts it. */
  readonly runs: Map<Promise<unknown>, AbortController>;
  stopping(): boolean;
}

export function createRunner({
  series,
  logger,
  clock,
  random,
  runs,
  stopping,
  ...given
}: RunnerOptions): Runner {
  let { task } = given;
  const label = labelOf(task);
  const jittered = new Set<() => void>();
  const going = new Set<Promise<unknown>>();
  let isWaiting = false;
  let cancelled = false;
  let last: LastRun | undefined;

  function record(outcome: TaskOutcome, at: number, milliseconds: number): TaskOutcome {
    series.count(label, outcome);
    last = { at, outcome, milliseconds };
    return outcome;
  }

  function run(): Promise<TaskOutcome> {
    const lines = logger.child({
      ...(task.plugin === undefined ? {} : { plugin: task.plugin }),
      task: label,
    });
    if (going.size > 0 && task.overlap !== "allow") {
      if (task.overlap === "queue" && !isWaiting) return runNext(lines);
      const why = isWaiting
        ? "the last run is still going on, and one waits already"
        : "the last run is still going on";
      lines.warn({ event: "task.skipped" }, `${why}; this one is skipped`);
      return Promise.resolve(record("skipped", clock.wallClock(), 0));
    }
    return begin(lines);
  }

  async function runNext(lines: Logger): Promise<TaskOutcome> {
    isWaiting = true;
    while (going.size > 0) await Promise.race(going);
    isWaiting = false;
    return stopping() || cancelled ? record("skipped", clock.wallClock(), 0) : begin(lines);
  }

  function begin(lines: Logger): Promise<TaskOutcome> {
    const abort = new AbortController();
    const attempted = attempt(abort, lines).finally(() => {
      runs.delete(attempted);
      going.delete(attempted);
    });
    runs.set(attempted, abort);
    going.add(attempted);
    return attempted;
  }

  async function attempt(abort: AbortController, lines: Logger): Promise<TaskOutcome> {
    const at = clock.wallClock();
    const started = clock.now();
    const outcome = await runTask({ task, abort, logger: lines, clock, stopping });
    const milliseconds = clock.now() - started;
    series.took(label, milliseconds);
    if (outcome === "ok") series.succeeded(label, clock.wallClock());
    return record(outcome, at, milliseconds);
  }

  return {
    get task() {
      return task;
    },
    set task(later) {
      task = later;
    },
    get running() {
      return going.size;
    },
    get last() {
      return last;
    },
    run,
    runSoon(ended = () => {}) {
      const { jitter = 0 } = task;
      if (jitter === 0) {
        void run().then(ended);
        return;
      }
      const cancel = clock.setTimer(random() * jitter, () => {
        jittered.delete(cancel);
        void run().then(ended);
      });
      jittered.add(cancel);
    },
    cancel() {
      cancelled = true;
      for (const cancel of jittered) cancel();
      jittered.clear();
    },
  };
}
