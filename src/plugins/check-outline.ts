import type { ErrorObject } from "ajv/dist/2020.js";
import { HOUR, MINUTE, parseDuration } from "../durations.ts";
import { HubhandError } from "../errors.ts";
import { cronProblem, timezoneProblem } from "../rules/cron-problems.ts";
import { LONGEST_LIFE_MS, PRIORITIES, propertiesProblem, textProblem } from "../rules/message-rules.ts";
import {
  CATCH_UPS,
  EVERY,
  jitterProblem,
  LONGEST_JITTER_MS,
  LONGEST_RUN_MS,
  OVERLAPS,
} from "../rules/task-rules.ts";
import { closest } from "../suggest.ts";
import type { TaskTelemetry } from "./define-plugin.ts";

/** The longest that the hub waits for a reply (IoT Hub developer guide, direct methods). */
const METHOD_LIMIT: Limit = {
  milliseconds: 5 * MINUTE,
  why: "the hub waits 5m at most. Answer 202 early and go on.",
};
const TASK_LIMIT: Limit = { milliseconds: LONGEST_RUN_MS, why: "a run may take 24h at most" };
const EVERY_LIMIT: Limit = {
  least: EVERY.min,
  milliseconds: EVERY.max,
  why: "it may be 1s at least and 24h at most. For days, write cron.",
};
const JITTER_LIMIT: Limit = { milliseconds: LONGEST_JITTER_MS, why: "a run may wait 24h at most" };

/** As `messages.inbox.timeout`. */
const MESSAGE_LIMIT: Limit = { milliseconds: 24 * HOUR, why: "an attempt may take 24h at most" };
const LIFE_LIMIT: Limit = { milliseconds: LONGEST_LIFE_MS, why: "a message may wait 10000h at most" };

/** Plugin names stand in configuration keys, metric labels and folders. */
export const PLUGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Names that travel in an MQTT topic and in a label; spaces, slashes and wildcards would not. */
export const METHOD_NAME = "^[^\\s/?#+%\\u0000-\\u001f]{1,128}$";

/** A bare number too: what it lacks is told better than by its type. */
const duration = { type: ["number", "string"] };
const schema = { type: ["object", "boolean"] };
const count = (minimum: number) => ({ type: "integer", minimum });

/** What a plugin may say of itself, as JSON Schema: of whatever kind it is, and wherever it says it. */
export const HEAD_PROPERTIES = {
  name: { type: "string", pattern: PLUGIN_NAME.source },
  version: { type: "string" },
  description: { type: "string" },
  settings: schema,
  telemetry: schema,
};
export const METHOD_PROPERTIES = {
  description: { type: "string" },
  schema,
  replySchema: schema,
  timeout: duration,
  concurrency: count(1),
  queue: count(0),
};
export const MESSAGE_PROPERTIES = {
  description: { type: "string" },
  schema,
  timeout: duration,
  concurrency: count(1),
  queue: count(0),
};
export const TASK_PROPERTIES = {
  description: { type: "string" },
  cron: { type: "string" },
  every: duration,
  timezone: { type: "string" },
  jitter: duration,
  overlap: { enum: OVERLAPS },
  timeout: duration,
  runAtStart: { type: "boolean" },
  catchUp: { enum: CATCH_UPS },
  telemetry: {
    type: ["boolean", "object"],
    additionalProperties: false,
    properties: {
      stream: { type: "string" },
      priority: { enum: PRIORITIES },
      timeToLive: duration,
      contentType: { type: "string" },
      contentEncoding: { type: "string" },
      properties: { type: "object", additionalProperties: { type: "string" } },
      output: { type: "string" },
    } satisfies Readonly<Record<keyof TaskTelemetry, object>>,
  },
};

/** A fault in what an author wrote: where it is, from the outside in, and what to tell. */
export interface OutlineFault {
  readonly path: readonly string[];
  readonly message: string;
}

/** What JSON Schema does not say: durations, cron expressions, time zones, names that are taken. */
export function ruleFault(outline: {
  readonly methods?: Readonly<Record<string, unknown>>;
  readonly messages?: Readonly<Record<string, unknown>>;
  readonly tasks?: Readonly<Record<string, TaskAsWritten>>;
}): OutlineFault | undefined {
  const { methods = {}, messages = {}, tasks = {} } = outline;
  for (const [name, method] of Object.entries(methods)) {
    const path = ["methods", name];
    if (name.startsWith("hubhand."))
      return { path, message: `methods: "${name}": names that start with "hubhand." are hubhand's own` };
    const timeout = (method as { timeout?: unknown } | null)?.timeout;
    const fault = durationFault([...path, "timeout"], timeout, METHOD_LIMIT);
    if (fault !== undefined) return fault;
  }
  for (const [name, handler] of Object.entries(messages)) {
    const timeout = (handler as { timeout?: unknown } | null)?.timeout;
    const fault = durationFault(["messages", name, "timeout"], timeout, MESSAGE_LIMIT);
    if (fault !== undefined) return fault;
  }
  for (const [name, task] of Object.entries(tasks)) {
    const fault = taskFault(["tasks", name], task);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What is looked at of a task, whose types the schema has checked. */
export interface TaskAsWritten {
  readonly cron?: string;
  readonly every?: unknown;
  readonly timezone?: string;
  readonly jitter?: unknown;
  readonly timeout?: unknown;
  readonly telemetry?: boolean | Readonly<Partial<Record<keyof TaskTelemetry, unknown>>>;
}

function taskFault(path: readonly string[], task: TaskAsWritten): OutlineFault | undefined {
  const place = path.join(".");
  const { cron, every, timezone } = task;
  if (cron === undefined && every === undefined)
    return { path, message: `${place} has neither cron nor every; give one: every: "5m"` };
  if (cron !== undefined && every !== undefined)
    return { path: [...path, "every"], message: `${place} has both cron and every; keep one of them` };
  const telemetry = typeof task.telemetry === "object" ? task.telemetry : {};
  const fault =
    telemetryFault([...path, "telemetry"], telemetry) ??
    durationFault([...path, "timeout"], task.timeout, TASK_LIMIT) ??
    durationFault([...path, "every"], every, EVERY_LIMIT) ??
    durationFault([...path, "jitter"], task.jitter, JITTER_LIMIT);
  if (fault !== undefined) return fault;
  const jitter = jitterProblem(task);
  if (jitter !== undefined) return { path: [...path, "jitter"], message: `${place}.${jitter}` };
  const expression = cron === undefined ? undefined : cronProblem(cron);
  if (expression !== undefined) return { path: [...path, "cron"], message: `${place}: ${expression}` };
  const zone = timezone === undefined ? undefined : timezoneProblem(timezone);
  return zone === undefined ? undefined : { path: [...path, "timezone"], message: `${place}: ${zone}` };
}

/** Each of its messages would be refused otherwise, and each run fail. */
function telemetryFault(
  path: readonly string[],
  telemetry: Readonly<Partial<Record<keyof TaskTelemetry, unknown>>>,
): OutlineFault | undefined {
  const { timeToLive, properties, priority: _, ...texts } = telemetry;
  const problems = [
    ...Object.entries(texts).map(([name, text]) => [name, text, textProblem] as const),
    ["properties", properties, propertiesProblem] as const,
  ];
  for (const [name, value, problemOf] of problems) {
    const problem = value === undefined ? undefined : problemOf(value);
    const place = [...path, name];
    if (problem !== undefined) return { path: place, message: `${place.join(".")} ${problem}` };
  }
  return durationFault([...path, "timeToLive"], timeToLive, LIFE_LIMIT);
}

/** The one of a schema's errors that tells an author most. */
export function schemaFault(errors: readonly ErrorObject[]): OutlineFault {
  // "if" only says that a branch failed; the branch says what.
  const error = errors.find(({ keyword }) => keyword !== "if") ?? errors[0];
  if (error === undefined) return { path: [], message: "it is not a plugin" };
  const { instancePath, keyword, params, parentSchema, propertyName, message = "is invalid" } = error;
  const path = instancePath.split("/").slice(1).map(unescapePointer);
  const place = path.length === 0 ? "the definition" : path.join(".");
  if (keyword === "additionalProperties") {
    const extra = String(params.additionalProperty);
    const known = Object.keys((parentSchema?.properties as object | undefined) ?? {});
    const meant = closest(extra, known);
    const advice = meant === undefined ? "" : `. Did you mean "${meant}"?`;
    const told = `${place} has an unknown key "${extra}"; it may have ${known.join(", ")}${advice}`;
    return { path: [...path, extra], message: told };
  }
  if (propertyName !== undefined)
    return {
      path: [...path, propertyName],
      message: `${place}: "${propertyName}" cannot be a name; it ${message}`,
    };
  const allowed: unknown = keyword === "enum" ? params.allowedValues : undefined;
  const values = Array.isArray(allowed)
    ? `: ${allowed.map((value) => JSON.stringify(value)).join(", ")}`
    : "";
  return { path, message: `${place} ${message}${values}` };
}

const unescapePointer = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

interface Limit {
  readonly least?: number;
  readonly milliseconds: number;
  readonly why: string;
}

function durationFault(path: readonly string[], value: unknown, limit: Limit): OutlineFault | undefined {
  if (value === undefined) return undefined;
  const place = path.join(".");
  const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
  if (milliseconds === undefined || milliseconds === 0) {
    const unit = typeof value === "number" ? "; it has no unit" : "";
    const expected = 'expected a duration like "250ms", "30s" or "5m"';
    return { path, message: `${place} is ${JSON.stringify(value)}${unit}; ${expected}` };
  }
  if (milliseconds >= (limit.least ?? 0) && milliseconds <= limit.milliseconds) return undefined;
  return { path, message: `${place} is ${JSON.stringify(value)}; ${limit.why}` };
}

export const invalidPlugin = (message: string): HubhandError => new HubhandError("PLUGIN_INVALID", message);
