import { parseDuration, printDuration, SECOND } from "../durations.ts";
import { isMapping } from "../mapping.ts";
import type { TelemetryOptions } from "../messages/telemetry.ts";
import { closest } from "../suggest.ts";
import { cronProblem, timezoneProblem } from "./cron-problems.ts";
import { LONGEST_LIFE_MS, PRIORITIES, propertiesProblem, textProblem } from "./message-rules.ts";
import {
  CATCH_UPS,
  type CatchUp,
  EVERY,
  jitterProblem,
  LONGEST_JITTER_MS,
  LONGEST_RUN_MS,
  OVERLAPS,
  type Overlap,
} from "./task-rules.ts";

/** How a task of the device's own is sent on: what its method answers becomes a message to the hub. */
export type WrittenTelemetry = Pick<TelemetryOptions, "stream" | "priority" | "output" | "properties"> & {
  readonly timeToLive?: string;
};

/**
 * A task as configuration and twin write it: what is to be changed of a plugin's task, or with `method` a task of the
 * device's own. Durations are texts.
 */
export interface WrittenTask {
  readonly cron?: string;
  readonly every?: string;
  readonly enabled?: boolean;
  readonly timezone?: string;
  readonly jitter?: string;
  readonly overlap?: Overlap;
  readonly timeout?: string;
  readonly runAtStart?: boolean;
  readonly catchUp?: CatchUp;
  /** Of the device's own tasks alone: the method that it runs, and what that gets. */
  readonly method?: string;
  readonly payload?: unknown;
  readonly telemetry?: boolean | WrittenTelemetry;
}

/** By `plugin/task`; a name without a slash is a task of the device's own. */
export type WrittenTasks = Readonly<Record<string, WrittenTask>>;

/** The names that plugins and their tasks may have. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MOST_TASKS = 1_000;

type Rule = (value: unknown) => string | undefined;

const RULES: Readonly<Record<keyof WrittenTask, Rule>> = {
  cron: (value) => (typeof value === "string" ? cronProblem(value) : "expected a cron expression"),
  every: durationRule(EVERY),
  enabled: isBoolean,
  timezone: (value) => (typeof value === "string" ? timezoneProblem(value) : "expected a time zone"),
  jitter: durationRule({ min: 1, max: LONGEST_JITTER_MS }),
  overlap: oneOf(OVERLAPS),
  timeout: durationRule({ min: 1, max: LONGEST_RUN_MS }),
  runAtStart: isBoolean,
  catchUp: oneOf(CATCH_UPS),
  method: (value) =>
    typeof value === "string" && value !== "" && value.length <= 128 ? undefined : "expected a method's name",
  payload: () => undefined,
  telemetry: telemetryProblem,
};
/** The agent would refuse each message that is sent otherwise. */
const TELEMETRY_RULES: Readonly<Record<keyof WrittenTelemetry, Rule>> = {
  stream: sentence(textProblem),
  priority: oneOf(PRIORITIES),
  timeToLive: durationRule({ min: SECOND, max: LONGEST_LIFE_MS }),
  output: sentence(textProblem),
  properties: sentence(propertiesProblem),
};
const OWN_ALONE: readonly (keyof WrittenTask)[] = ["method", "payload", "telemetry"];

/**
 * Says what is wrong with tasks as configuration or twin write them, or undefined. Values are not quoted but for those
 * of cron and time zone: a payload may hold a secret.
 */
export function checkTasks(value: unknown): string | undefined {
  return checkTaskParts(value) ?? checkTogether(value as WrittenTasks);
}

/** The same of tasks whose parts fit. */
export const checkTogether = (tasks: WrittenTasks): string | undefined =>
  tooMany(tasks) ?? firstProblem(tasks, togetherProblem);

/** The same of one of several sources, which are laid over one another: what one lacks another may have. */
export function checkTaskParts(value: unknown): string | undefined {
  if (!isMapping(value)) return 'expected a mapping of tasks, such as {"plugin/task":{"every":"5m"}}';
  return tooMany(value) ?? firstProblem(value, (name, task) => nameProblem(name) ?? taskProblem(name, task));
}

function tooMany(tasks: object): string | undefined {
  const { length } = Object.keys(tasks);
  return length > MOST_TASKS ? `there are ${length} tasks; at most ${MOST_TASKS} are taken` : undefined;
}

function firstProblem<T>(
  tasks: Readonly<Record<string, T>>,
  problemOf: (name: string, task: T) => string | undefined,
): string | undefined {
  for (const [name, task] of Object.entries(tasks)) {
    const problem = problemOf(name, task);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function nameProblem(name: string): string | undefined {
  const parts = name.split("/");
  if (parts.length <= 2 && parts.every((part) => NAME.test(part))) return undefined;
  const shown = JSON.stringify(name.slice(0, 130));
  return `${shown} is no name of a task; expected "plugin/task", or a name of letters, digits and ._- for a task of the device's own`;
}

function taskProblem(name: string, task: unknown): string | undefined {
  if (!isMapping(task)) return `${name}: expected a mapping with keys such as cron, every and enabled`;
  for (const [key, value] of Object.entries(task)) {
    const rule = Object.hasOwn(RULES, key) ? RULES[key as keyof WrittenTask] : undefined;
    if (rule === undefined) return `${name}: ${unknownKey(key, Object.keys(RULES))}`;
    const problem = rule(value);
    if (problem !== undefined) return `${name}.${key}: ${problem}`;
  }
  if (task.cron !== undefined && task.every !== undefined)
    return `${name}: it has both cron and every; keep one of them`;
  return undefined;
}

/** What each key allows and all together do not. */
function togetherProblem(name: string, task: WrittenTask): string | undefined {
  const jitter = jitterProblem(task);
  if (jitter !== undefined) return `${name}.${jitter}`;
  const extra = OWN_ALONE.find((key) => task[key] !== undefined);
  if (name.includes("/"))
    return extra && `${name}.${extra}: it is of the device's own tasks alone, whose names have no slash`;
  if (task.method === undefined)
    return `${name}: it is a task of the device's own, and names no method to run. A plugin's task is written "plugin/${name}"`;
  if (task.cron === undefined && task.every === undefined && task.enabled !== false)
    return `${name}: it has neither cron nor every; give one of them`;
  return undefined;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closest(key, known);
  const advice = meant === undefined ? `It may have ${known.join(", ")}` : `Did you mean ${meant}?`;
  return `it has an unknown key ${JSON.stringify(key.slice(0, 60))}. ${advice}`;
}

function telemetryProblem(value: unknown): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (!isMapping(value))
    return `expected true, false or a mapping of ${Object.keys(TELEMETRY_RULES).join(", ")}`;
  for (const [key, given] of Object.entries(value)) {
    const rule = Object.hasOwn(TELEMETRY_RULES, key)
      ? TELEMETRY_RULES[key as keyof WrittenTelemetry]
      : undefined;
    if (rule === undefined) return unknownKey(key, Object.keys(TELEMETRY_RULES));
    const problem = rule(given);
    if (problem !== undefined) return `${key}: ${problem}`;
  }
  return undefined;
}

function durationRule({ min, max }: { min: number; max: number }): Rule {
  return (value) => {
    const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
    if (milliseconds === undefined) return 'expected a duration like "30s" or "5m"';
    if (milliseconds >= min && milliseconds <= max) return undefined;
    return `expected a duration from ${printDuration(min)} to ${printDuration(max)}`;
  };
}

/** A rule whose problems lack a subject. */
function sentence(rule: Rule): Rule {
  return (value) => {
    const problem = rule(value);
    return problem && `it ${problem}`;
  };
}

function oneOf(words: readonly string[]): Rule {
  return (value) => (words.includes(value as string) ? undefined : `expected one of ${words.join(", ")}`);
}

function isBoolean(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : "expected true or false";
}

/**
 * Lays `later` over `earlier`, task by task and key by key; cron and every take each other's place, as a task has one
 * of the two.
 */
export function mergeTasks(earlier: WrittenTasks, later: WrittenTasks): WrittenTasks {
  const merged: Record<string, WrittenTask> = { ...earlier };
  for (const [name, task] of Object.entries(later)) {
    const before = Object.hasOwn(merged, name) ? merged[name] : undefined;
    const { cron, every, ...rest } = before ?? {};
    const timed = task.cron !== undefined || task.every !== undefined;
    merged[name] = timed ? { ...rest, ...task } : { ...before, ...task };
  }
  return merged;
}
