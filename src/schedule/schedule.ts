import { isDeepStrictEqual } from "node:util";
import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import {
  checkTaskParts,
  checkTogether,
  mergeTasks,
  type WrittenTask,
  type WrittenTasks,
} from "../rules/written-tasks.ts";
import { type Due, MOST_COUNTED } from "./due.ts";
import { forgetfulLastRuns, type LastRuns } from "./last-runs.ts";
import { overridden, ownTask, twinLabel, writtenFor } from "./overridden.ts";
import { createPhases } from "./phases.ts";
import { CLOCK_IS_SET_MS, createPlan, type Moment, type Plan } from "./plan.ts";
import type { TaskOutcome } from "./run-task.ts";
import { createRunner, type Runner } from "./runner.ts";
import { statusOf, type TaskStatus } from "./status.ts";
import { labelOf, type Task, type Timing, timingKey, timingOf } from "./task.ts";
import { createTaskSeries, type TaskInstruments } from "./task-series.ts";
import { createTicker } from "./ticker.ts";
import { systemUptime } from "./time-watch.ts";
import { createZones } from "./zones.ts";

export interface ScheduleOptions {
  /** IANA name for tasks that name none; undefined for the machine's. */
  readonly timezone: string | undefined;
  /** What the configuration says of tasks; checked. */
  readonly configured?: WrittenTasks;
  /** What a task of the device's own does; without it there are none. */
  ownRun?(name: string, written: WrittenTask): Task["run"];
  /** When tasks ran before the agent was started. */
  readonly lastRuns?: LastRuns;
  readonly metrics: TaskInstruments;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Milliseconds since the machine was started, its sleep included. */
  readonly machineUptime?: () => number;
}

export interface Schedule {
  /** Starts to run these tasks on time, all or none. */
  add(tasks: readonly Task[]): void;
  /**
   * The same in one step with the removal of those of `owner`, a plugin or another part, if there are any. A task that
   * is due at the same times as the one before keeps its rhythm.
   */
  replace(owner: string, tasks: readonly Task[]): void;
  /** Runs the tasks of a plugin no more; what runs goes on. */
  remove(owner: string): void;
  /** The same of one that will be back: what its tasks were counted goes on then. */
  suspend(owner: string): void;
  /**
   * Changes tasks, at once, over what the configuration says: whatever an earlier call changed and this one does not
   * goes back. What is due at the same times as before keeps its rhythm.
   * @param tasks without a `problem`; those of tasks that are not there count when they come
   */
  override(tasks: WrittenTasks): void;
  /** Starts the device's own tasks: the methods that they run are there. */
  beginOwn(): void;
  /** Says what is wrong with what `override` is to be given, laid over the configuration's; or undefined. */
  problem(tasks: unknown): string | undefined;
  /** Which of these, and of the configuration's, are of plugins' tasks that never were there. */
  unknown(tasks?: WrittenTasks): readonly string[];
  list(): readonly TaskStatus[];
  /** Runs a task now, under the same rules as on time; resolves when it is over, undefined if there is none. */
  runNow(plugin: string | undefined, name: string): Promise<TaskOutcome | undefined>;
  /** Starts nothing more, tells what runs to give up, and waits so many milliseconds for it. */
  stop(milliseconds: number): Promise<void>;
}

interface Entry {
  readonly owner: string;
  /** As it was added, and as it is wanted. */
  readonly given: Task;
  readonly task: Task;
  readonly timing: Timing;
  readonly runner: Runner;
  /** Undefined for one that does not run by itself. */
  readonly plan: Plan | undefined;
}

/** Whose the device's own tasks are. No plugin may have such a name. */
const OWN = "(own)";
const NOT_THERE = "neither agent nor plugin ran";

/** Does tasks on time. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { timezone, configured = {}, ownRun, metrics, logger } = options;
  const { clock = systemClock, random = Math.random, lastRuns = forgetfulLastRuns() } = options;
  const { machineUptime = systemUptime } = options;
  const entries = new Map<string, Entry>();
  const phases = createPhases(random);
  const zones = createZones();
  const series = createTaskSeries(metrics);
  const seen = new Set<string>();
  const runs = new Map<Promise<unknown>, AbortController>();
  const ticker = createTicker({ clock, machineUptime, planned: () => entries.values(), onDue });
  let overrides: WrittenTasks = configured;
  let own: WrittenTasks = {};
  let ownBegun = false;
  let stopping = false;

  metrics.tasksRunning.readBy(() => {
    for (const [task, { runner }] of entries) metrics.tasksRunning.set({ task }, runner.running);
  });
  metrics.taskNextRun.readBy(() => {
    const now = ticker.now();
    for (const [task, { plan }] of entries) metrics.taskNextRun.set({ task }, nextRun(plan, now) / 1000);
  });

  /** Makes an entry; `old` is the one of the same name. */
  function enter(owner: string, given: Task, old: Entry | undefined): Entry {
    const label = labelOf(given);
    const task = overridden(given, writtenFor(label, overrides));
    const timing = timingOf(task, timezone);
    const runner =
      old?.runner ?? createRunner({ task, series, logger, clock, random, runs, stopping: () => stopping });
    return { owner, given, task, timing, plan: planOf(task, timing, old), runner };
  }

  function planOf(task: Task, timing: Timing, old: Entry | undefined): Plan | undefined {
    if (task.enabled === false) return undefined;
    const key = timingKey(timing);
    if (old?.plan !== undefined && timingKey(old.timing) === key) return old.plan;
    // What was switched off has missed nothing.
    const wasOff = old !== undefined && old.plan === undefined;
    const last = task.catchUp === "once" && !wasOff ? lastRuns.get(labelOf(task), key) : undefined;
    const now = ticker.now();
    return createPlan({ timing, now, last, phase: phases.of(task, now.elapsed), zones });
  }

  function place(entry: Entry, isStart: boolean): void {
    const { runner, task, plan, timing } = entry;
    const label = labelOf(task);
    const isNew = entries.get(label)?.plan !== plan;
    runner.task = task;
    entries.set(label, entry);
    seen.add(label);
    if (plan === undefined) return;
    // Whatever is missed from now on is known after a restart too, if it never ran before.
    const isKnown = lastRuns.get(label, timingKey(timing)) !== undefined;
    if (!isKnown || (isNew && !isStart)) remember(entry, clock.wallClock());
    if (isStart && task.runAtStart === true) {
      plan.take(ticker.now());
      start(entry);
    }
  }

  function put(owner: string, tasks: readonly Task[]): void {
    if (stopping) return;
    const added = tasks.map((task) => {
      const old = entries.get(labelOf(task));
      return enter(owner, task, old?.owner === owner ? old : undefined);
    });
    const labels = tasks.map(labelOf);
    removeBut(owner, new Set(labels));
    series.keep(owner, labels);
    for (const entry of added) place(entry, true);
    ticker.tick(NOT_THERE);
  }

  function removeBut(owner: string, labels: ReadonlySet<string>): void {
    for (const [label, entry] of entries) {
      if (entry.owner !== owner || labels.has(label)) continue;
      entry.runner.cancel();
      entries.delete(label);
    }
  }

  function override(later: WrittenTasks): void {
    overrides = mergeTasks(configured, later);
    if (stopping) return;
    for (const entry of [...entries.values()]) {
      if (entry.owner !== OWN) place(enter(entry.owner, entry.given, entry), false);
    }
    overrideOwn();
    ticker.tick("it was changed");
  }

  /** One that is as it was goes on undisturbed. */
  function overrideOwn(): void {
    if (ownRun === undefined || !ownBegun || stopping) return;
    const wanted = Object.entries(overrides).filter(([name]) => !name.includes("/"));
    const names = wanted.map(([name]) => name);
    removeBut(OWN, new Set(names));
    series.keep(OWN, names);
    for (const [name, written] of wanted) {
      const old = entries.get(name);
      if (old !== undefined && isDeepStrictEqual(own[name], written)) continue;
      place(enter(OWN, ownTask(name, written, ownRun(name, written)), old), old === undefined);
    }
    own = overrides;
  }

  function start(entry: Entry): void {
    const at = clock.wallClock();
    entry.runner.runSoon((outcome) => {
      // One that was told to give up is to be done again.
      if (outcome !== "stopped") remember(entry, at);
    });
  }

  function remember({ task, timing }: Entry, time: number): void {
    if (task.catchUp === "once" && time >= CLOCK_IS_SET_MS)
      lastRuns.set(labelOf(task), timingKey(timing), time);
  }

  function onDue(entry: Entry, { run, missed }: Pick<Due, "run" | "missed">, why: string): void {
    const { task } = entry;
    const makesUp = missed > 0 && task.catchUp === "once";
    if (missed > 0) {
      series.count(labelOf(task), "missed", missed);
      const then = makesUp ? "; one makes up for it now" : "";
      logger.warn(
        { event: "task.missed", task: labelOf(task), missed },
        `${countOf(missed)} did not take place, as ${why}${then}`,
      );
    }
    if (run || makesUp) start(entry);
  }

  return {
    add(tasks) {
      if (stopping) return;
      const added = tasks.map((task) => enter(task.plugin ?? OWN, task, undefined));
      for (const owner of new Set(added.map((entry) => entry.owner))) {
        const there = [...entries.values(), ...added].filter((entry) => entry.owner === owner);
        series.keep(owner, [...new Set(there.map(({ task }) => labelOf(task)))]);
      }
      for (const entry of added) place(entry, true);
      ticker.tick(NOT_THERE);
    },
    replace: put,
    remove(owner) {
      removeBut(owner, new Set());
      series.keep(owner, []);
    },
    suspend: (owner) => removeBut(owner, new Set()),
    override,
    beginOwn() {
      ownBegun = true;
      overrideOwn();
      ticker.tick(NOT_THERE);
    },
    problem(tasks) {
      return checkTaskParts(tasks) ?? checkTogether(mergeTasks(configured, tasks as WrittenTasks));
    },
    unknown(tasks = {}) {
      const names = Object.keys(mergeTasks(configured, tasks)).filter((name) => name.includes("/"));
      const known = new Set([...seen].flatMap((label) => [label, twinLabel(label)]));
      return names.filter((name) => !known.has(name));
    },
    list() {
      const now = ticker.now();
      return [...entries.values()].map((entry) => statusOf({ ...entry, now }));
    },
    async runNow(plugin, name) {
      return entries.get(labelOf({ plugin, name }))?.runner.run();
    },
    async stop(milliseconds) {
      stopping = true;
      ticker.stop();
      for (const { runner } of entries.values()) runner.cancel();
      entries.clear();
      for (const abort of runs.values()) abort.abort(new Error("the agent is stopping"));
      await waitAtMost(Promise.all(runs.keys()), milliseconds, clock);
      await lastRuns.close();
    },
  };
}

/** Milliseconds since 1970; 0 if never. */
function nextRun(plan: Plan | undefined, now: Moment): number {
  const next = now.wall + (plan?.wait(now) ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(next) ? next : 0;
}

function countOf(missed: number): string {
  if (missed === MOST_COUNTED) return `${missed} runs of the task or more`;
  return missed === 1 ? "a run of the task" : `${missed} runs of the task`;
}
