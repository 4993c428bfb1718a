import { createTask, type ScheduledTask } from "node-cron";
import type { Logger } from "pino";
import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import type { Metrics } from "../observe/metrics.ts";
import { runTask, type TaskOutcome } from "./run-task.ts";
import type { Task } from "./task.ts";

export interface ScheduleOptions {
  /** IANA name for tasks that name none; undefined for the machine's. */
  readonly timezone: string | undefined;
  readonly metrics: Pick<Metrics, "taskRuns" | "taskDuration">;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface Schedule {
  /** Starts to run these tasks on time, all or none. */
  add(tasks: readonly Task[]): void;
  /** The same in one step with the removal of those of `plugin`, if there are any. */
  replace(plugin: string, tasks: readonly Task[]): void;
  /** Runs the tasks of a plugin no more; what runs goes on. */
  remove(plugin: string): void;
  /** Runs a task now, under the same rules as on time; resolves when it is over. */
  runNow(plugin: string, name: string): Promise<TaskOutcome | undefined>;
  /** Starts nothing more, tells what runs to give up, and waits so many milliseconds for it. */
  stop(milliseconds: number): Promise<void>;
}

interface Entry {
  readonly task: Task;
  readonly cron: ScheduledTask;
  running: number;
}

/** Does tasks on time. */
export function createSchedule({
  timezone,
  metrics,
  logger,
  clock = systemClock,
}: ScheduleOptions): Schedule {
  const entries = new Map<string, Entry>();
  const runs = new Map<Promise<unknown>, AbortController>();
  let stopping = false;

  function start(entry: Entry): Promise<TaskOutcome> {
    const abort = new AbortController();
    const run = attempt(entry, abort).finally(() => runs.delete(run));
    runs.set(run, abort);
    return run;
  }

  async function attempt(entry: Entry, abort: AbortController): Promise<TaskOutcome> {
    const { task } = entry;
    const label = labelOf(task);
    const lines = logger.child({ task: label });
    if (task.overlap === "skip" && entry.running > 0) {
      metrics.taskRuns.inc({ task: label, outcome: "skipped" });
      lines.warn("the last run is still going on; this one is skipped");
      return "skipped";
    }
    entry.running += 1;
    const started = clock.now();
    const outcome = await runTask({ task, abort, logger: lines, clock, stopping: () => stopping });
    entry.running -= 1;
    metrics.taskRuns.inc({ task: label, outcome });
    metrics.taskDuration.observe({ task: label }, (clock.now() - started) / 1000);
    return outcome;
  }

  function enter(task: Task): Entry {
    const zone = task.timezone ?? timezone;
    const cron = createTask(task.cron, () => start(entry).then(() => {}), {
      name: labelOf(task),
      ...(zone === undefined ? {} : { timezone: zone }),
      logger: cronLogger(logger),
    });
    const entry: Entry = { task, cron, running: 0 };
    return entry;
  }

  function begin(added: readonly Entry[]): void {
    for (const entry of added) {
      entries.set(labelOf(entry.task), entry);
      void entry.cron.start();
    }
  }

  function remove(plugin: string): void {
    for (const [label, { task, cron }] of entries) {
      if (task.plugin !== plugin) continue;
      void cron.destroy();
      entries.delete(label);
    }
  }

  return {
    add: (tasks) => begin(tasks.map(enter)),
    replace(plugin, tasks) {
      const added = tasks.map(enter);
      remove(plugin);
      begin(added);
    },
    remove,
    async runNow(plugin, name) {
      const entry = entries.get(labelOf({ plugin, name }));
      return entry === undefined ? undefined : start(entry);
    },
    async stop(milliseconds) {
      stopping = true;
      for (const { cron } of entries.values()) void cron.destroy();
      entries.clear();
      for (const abort of runs.values()) abort.abort(new Error("the agent is stopping"));
      await waitAtMost(Promise.all(runs.keys()), milliseconds, clock);
    },
  };
}

const labelOf = ({ plugin, name }: Pick<Task, "plugin" | "name">): string => `${plugin}/${name}`;

/** node-cron's own remarks (a run missed as the machine slept) belong into our log. */
function cronLogger(logger: Logger) {
  return {
    info: (message: string) => logger.debug(message),
    warn: (message: string) => logger.warn(message),
    error: (message: string | Error) => logger.error({ err: message }, "node-cron reports an error"),
    debug: (message: string | Error) => logger.trace({ err: message }, "node-cron"),
  };
}
