import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import { printDuration, SECOND } from "../durations.ts";
import type { Metrics } from "../observe/metrics.ts";
import {
  checkTaskParts,
  checkTasks,
  mergeTasks,
  type WrittenTask,
  type WrittenTasks,
} from "../written-tasks.ts";
import { MOST_COUNTED } from "./due.ts";
import { forgetfulLastRuns, type LastRuns } from "./last-runs.ts";
import { overridden, ownTask } from "./overridden.ts";
import { CLOCK_IS_SET_MS, createPlan, type Moment, type Plan } from "./plan.ts";
import type { TaskOutcome } from "./run-task.ts";
import { createRunner, type Runner } from "./runner.ts";
import { statusOf, type TaskStatus } from "./status.ts";
import { labelOf, type Task, type Timing, timingOf } from "./task.ts";
import { systemUptime, type TimePassed, watchTime } from "./time-watch.ts";

export interface ScheduleOptions {
  /** IANA name for tasks that name none; undefined for the machine's. */
  readonly timezone: string | undefined;
  /** What the configuration says of tasks; checked. */
  readonly configured?: WrittenTasks;
  /** What a task of the device's own does; without it there are none. */
  ownRun?(name: string, written: WrittenTask): Task["run"];
  /** When tasks ran before the agent was started. */
  readonly lastRuns?: LastRuns;
  readonly metrics: Pick<Metrics, "taskRuns" | "taskDuration">;
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
  /**
   * Changes tasks, at once, over what the configuration says: whatever an earlier call changed and this one does not
   * goes back. What is due at the same times as before keeps its rhythm.
   * @param tasks without a `problem`; those of tasks that are not there count when they come
   */
  override(tasks: WrittenTasks): void;
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
/** How often the clocks are looked at: one may have been set. */
const LOOK_MS = 30 * SECOND;

/** Does tasks on time. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { timezone, configured = {}, ownRun, metrics, logger } = options;
  const { clock = systemClock, random = Math.random, lastRuns = forgetfulLastRuns() } = options;
  const { machineUptime = systemUptime } = options;
  const watch = watchTime(clock, machineUptime);
  const entries = new Map<string, Entry>();
  /** Where in its interval each task began, for one that comes back. */
  const phases = new Map<string, { readonly every: number; readonly at: number }>();
  const seen = new Set<string>();
  const runs = new Map<Promise<unknown>, AbortController>();
  let overrides: WrittenTasks = configured;
  let own: WrittenTasks = {};
  let wall = clock.wallClock();
  let cancelTimer: (() => void) | undefined;
  let stopping = false;

  const moment = (): Moment => ({ wall: clock.wallClock(), elapsed: watch.elapsed() });

  /** Makes an entry, without a side effect; `old` is the one of the same name. */
  function enter(owner: string, given: Task, old: Entry | undefined): Entry {
    const label = labelOf(given);
    const task = overridden(given, writtenFor(label, overrides));
    const timing = timingOf(task, timezone);
    const isSame = old !== undefined && isDeepStrictEqual(old.timing, timing);
    const isOn = task.enabled !== false;
    const plan = isOn ? ((isSame ? old.plan : undefined) ?? planOf(label, task, timing)) : undefined;
    const runner =
      old?.runner ?? createRunner({ task, metrics, logger, clock, random, runs, stopping: () => stopping });
    return { owner, given, task, timing, plan, runner };
  }

  function planOf(label: string, task: Task, timing: Timing): Plan {
    const now = moment();
    const last = task.catchUp === "once" ? lastRuns.get(label, keyOf(timing)) : undefined;
    return createPlan({ timing, now, last, phase: phaseOf(label, task, now) });
  }

  /** A plugin that comes back again and again must not start its waits anew each time: it might never be due. */
  function phaseOf(label: string, { every, runAtStart }: Task, { elapsed }: Moment): number {
    if (every === undefined) return 0;
    const known = phases.get(label);
    if (known?.every === every) return 1 - ((((elapsed - known.at) % every) + every) % every) / every;
    const phase = runAtStart === true ? 1 : random();
    phases.set(label, { every, at: elapsed + phase * every });
    return phase;
  }

  function place(entry: Entry, isStart: boolean): void {
    const { runner, task, plan, timing } = entry;
    const label = labelOf(task);
    runner.task = task;
    entries.set(label, entry);
    seen.add(label);
    if (plan === undefined || stopping) return;
    if (task.catchUp === "once" && lastRuns.get(label, keyOf(timing)) === undefined)
      remember(entry, clock.wallClock());
    if (isStart && task.runAtStart === true) {
      plan.take(moment());
      start(entry);
    }
  }

  function put(owner: string, tasks: readonly Task[]): void {
    const added = tasks.map((task) => enter(owner, task, ofSameOwner(owner, task)));
    const labels = new Set(tasks.map(labelOf));
    removeBut(owner, labels);
    for (const entry of added) place(entry, true);
    tick("the agent did not run");
  }

  const ofSameOwner = (owner: string, task: Task): Entry | undefined => {
    const old = entries.get(labelOf(task));
    return old?.owner === owner ? old : undefined;
  };

  function removeBut(owner: string, labels: ReadonlySet<string>): void {
    for (const [label, entry] of entries) {
      if (entry.owner !== owner || labels.has(label)) continue;
      entry.runner.cancel();
      entries.delete(label);
    }
  }

  function override(later: WrittenTasks): void {
    overrides = mergeTasks(configured, later);
    for (const entry of [...entries.values()]) {
      if (entry.owner !== OWN) place(enter(entry.owner, entry.given, entry), false);
    }
    overrideOwn();
    tick("it was changed");
  }

  /** One that is as it was goes on undisturbed. */
  function overrideOwn(): void {
    if (ownRun === undefined) return;
    const wanted = Object.entries(overrides).filter(([name]) => !name.includes("/"));
    removeBut(OWN, new Set(wanted.map(([name]) => name)));
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
    if (task.catchUp === "once" && time >= CLOCK_IS_SET_MS) lastRuns.set(labelOf(task), keyOf(timing), time);
  }

  function tick(why: string): void {
    cancelTimer?.();
    cancelTimer = undefined;
    if (stopping) return;
    const passed = watch.look();
    const now = moment();
    for (const entry of entries.values()) {
      if (passed.clockSet !== 0) entry.plan?.clockSet(wall, now.wall);
      examine(entry, now, reasonOf(passed) ?? why);
    }
    wall = now.wall;
    const waits = [...entries.values()].flatMap(({ plan }) => plan?.wait(now) ?? []);
    if (waits.length > 0)
      cancelTimer = clock.setTimer(Math.max(1, Math.min(LOOK_MS, ...waits)), () =>
        tick("the agent was held up"),
      );
  }

  function examine(entry: Entry, now: Moment, why: string): void {
    if (entry.plan === undefined) return;
    const { run, missed } = entry.plan.take(now);
    const { task } = entry;
    const makesUp = missed > 0 && !run && task.catchUp === "once";
    if (missed > 0) {
      const label = labelOf(task);
      metrics.taskRuns.inc({ task: label, outcome: "missed" }, missed);
      const count =
        missed === MOST_COUNTED ? `${missed} runs or more` : missed === 1 ? "a run" : `${missed} runs`;
      const then = makesUp ? "; one makes up for it now" : "";
      logger.warn({ task: label, missed }, `${count} of the task did not take place, as ${why}${then}`);
    }
    if (run || makesUp) start(entry);
  }

  if (ownRun !== undefined) {
    overrideOwn();
    tick("the agent did not run");
  }

  return {
    add(tasks) {
      const added = tasks.map((task) => enter(task.plugin ?? OWN, task, undefined));
      for (const entry of added) place(entry, true);
      tick("the agent did not run");
    },
    replace: put,
    remove: (owner) => removeBut(owner, new Set()),
    override,
    problem(tasks) {
      return checkTaskParts(tasks) ?? checkTasks(mergeTasks(configured, tasks as WrittenTasks));
    },
    unknown(tasks = {}) {
      const names = Object.keys(mergeTasks(configured, tasks)).filter((name) => name.includes("/"));
      const known = new Set([...seen].flatMap((label) => [label, twinLabel(label)]));
      return names.filter((name) => !known.has(name));
    },
    list() {
      const now = moment();
      return [...entries.values()].map(({ runner, plan, timing }) => statusOf({ runner, plan, timing, now }));
    },
    async runNow(plugin, name) {
      return entries.get(labelOf({ plugin, name }))?.runner.run();
    },
    async stop(milliseconds) {
      stopping = true;
      cancelTimer?.();
      for (const { runner } of entries.values()) runner.cancel();
      entries.clear();
      for (const abort of runs.values()) abort.abort(new Error("the agent is stopping"));
      await waitAtMost(Promise.all(runs.keys()), milliseconds, clock);
      await lastRuns.close();
    },
  };
}

function reasonOf({ slept, clockSet }: TimePassed): string | undefined {
  if (slept > 0) return `the machine slept for ${aboutSeconds(slept)}`;
  if (clockSet > 0) return `the machine's clock was set forward by ${aboutSeconds(clockSet)}`;
  return undefined;
}

const aboutSeconds = (milliseconds: number): string =>
  printDuration(Math.round(milliseconds / SECOND) * SECOND);

/** What tells whether a task is due at the same times as before. */
const keyOf = (timing: Timing): string =>
  timing.kind === "every" ? `every ${timing.every}` : `${timing.cron} ${timing.timezone ?? ""}`.trim();

/** A twin's property cannot hold a dot: an underscore stands for it there. */
const twinLabel = (label: string): string => label.replaceAll(".", "_");

function writtenFor(label: string, tasks: WrittenTasks): WrittenTask | undefined {
  if (Object.hasOwn(tasks, label)) return tasks[label];
  const other = twinLabel(label);
  return Object.hasOwn(tasks, other) ? tasks[other] : undefined;
}
