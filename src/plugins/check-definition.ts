import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { HOUR, MINUTE, parseDuration } from "../durations.ts";
import { HubhandError } from "../errors.ts";
import { cronProblem, timezoneProblem } from "../schedule/cron.ts";
import type { PluginDefinition } from "./define-plugin.ts";

/** The longest that the hub waits for a reply (IoT Hub developer guide, direct methods). */
const METHOD_LIMIT: Limit = {
  milliseconds: 5 * MINUTE,
  why: "the hub waits 5m at most. Answer 202 early and go on.",
};
/** Timers of Node take 24.8 days, and fire at once beyond. */
const TASK_LIMIT: Limit = { milliseconds: 24 * HOUR, why: "a run may take 24h at most" };

/** Plugin names stand in configuration keys, metric labels and folders. */
export const PLUGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Names that travel in an MQTT topic and in a label; spaces, slashes and wildcards would not. */
const METHOD_NAME = "^[^\\s/?#+%\\u0000-\\u001f]{1,128}$";

/** A bare number too: what it lacks is told better than by its type. */
const duration = { type: ["number", "string"] };
const isFunction = { isFunction: true };
const schema = { type: ["object", "boolean"] };
const count = (minimum: number) => ({ type: "integer", minimum });

const METHOD = {
  type: "object",
  required: ["handler"],
  additionalProperties: false,
  properties: {
    description: { type: "string" },
    schema,
    replySchema: schema,
    timeout: duration,
    concurrency: count(1),
    queue: count(0),
    handler: isFunction,
  },
};

const TASK = {
  type: "object",
  required: ["cron", "run"],
  additionalProperties: false,
  properties: {
    description: { type: "string" },
    cron: { type: "string" },
    timezone: { type: "string" },
    overlap: { enum: ["skip", "allow"] },
    timeout: duration,
    run: isFunction,
  },
};

const DEFINITION = {
  type: "object",
  additionalProperties: false,
  properties: {
    name: { type: "string", pattern: PLUGIN_NAME.source },
    version: { type: "string" },
    description: { type: "string" },
    settings: schema,
    methods: {
      type: "object",
      propertyNames: { pattern: METHOD_NAME },
      additionalProperties: { if: isFunction, else: METHOD },
    },
    tasks: { type: "object", propertyNames: { pattern: PLUGIN_NAME.source }, additionalProperties: TASK },
    start: isFunction,
    stop: isFunction,
  },
};

/** Checks that what a plugin's author wrote is a plugin; the message of the error is for that author. */
export interface DefinitionChecker {
  /** @throws HubhandError PLUGIN_INVALID naming the place and what was expected there */
  check(candidate: unknown): asserts candidate is PluginDefinition;
}

export function createDefinitionChecker(): DefinitionChecker {
  const ajv = new Ajv2020({ strict: false, verbose: true });
  ajv.addKeyword({
    keyword: "isFunction",
    validate: (_: unknown, value: unknown) => typeof value === "function",
    error: { message: "must be a function" },
  });
  const fits = ajv.compile(DEFINITION);

  return {
    check(candidate) {
      if (candidate === undefined)
        throw invalid('has no default export; expected "export default definePlugin({ … })"');
      if (!fits(candidate)) throw invalid(faultOf(fits.errors ?? []));
      const { methods = {}, tasks = {} } = candidate as PluginDefinition;
      for (const [name, method] of Object.entries(methods)) {
        if (typeof method === "object")
          checkDuration(`methods.${name}.timeout`, method.timeout, METHOD_LIMIT);
      }
      for (const [name, task] of Object.entries(tasks)) {
        checkDuration(`tasks.${name}.timeout`, task.timeout, TASK_LIMIT);
        const problem =
          cronProblem(task.cron) ??
          (task.timezone === undefined ? undefined : timezoneProblem(task.timezone));
        if (problem !== undefined) throw invalid(`tasks.${name}: ${problem}`);
      }
      const reserved = Object.keys(methods).find((name) => name.startsWith("hubhand."));
      if (reserved !== undefined)
        throw invalid(`methods: "${reserved}": names that start with "hubhand." are hubhand's own`);
    },
  };
}

function faultOf(errors: readonly ErrorObject[]): string {
  // "if" only says that a branch failed; the branch says what.
  const error = errors.find(({ keyword }) => keyword !== "if") ?? errors[0];
  if (error === undefined) return "it is not a plugin";
  const { instancePath, keyword, params, parentSchema, propertyName, message = "is invalid" } = error;
  const place = instancePath === "" ? "the definition" : instancePath.slice(1).replaceAll("/", ".");
  if (keyword === "additionalProperties") {
    const known = Object.keys((parentSchema?.properties as object | undefined) ?? {}).join(", ");
    return `${place} has an unknown key "${params.additionalProperty}"; it may have ${known}`;
  }
  if (propertyName !== undefined) return `${place}: "${propertyName}" cannot be a name; it ${message}`;
  return `${place} ${message}`;
}

interface Limit {
  readonly milliseconds: number;
  readonly why: string;
}

function checkDuration(place: string, value: unknown, limit: Limit): void {
  if (value === undefined) return;
  const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
  if (milliseconds === undefined || milliseconds === 0) {
    const unit = typeof value === "number" ? "; it has no unit" : "";
    throw invalid(
      `${place} is ${JSON.stringify(value)}${unit}; expected a duration like "250ms", "30s" or "5m"`,
    );
  }
  if (milliseconds > limit.milliseconds) throw invalid(`${place} is ${JSON.stringify(value)}; ${limit.why}`);
}

const invalid = (message: string): HubhandError => new HubhandError("PLUGIN_INVALID", message);
