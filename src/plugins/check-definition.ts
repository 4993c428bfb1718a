import { Ajv2020 } from "ajv/dist/2020.js";
import { MEBIBYTE, parseSize, printSize } from "../sizes.ts";
import {
  HEAD_PROPERTIES,
  invalidPlugin,
  MESSAGE_PROPERTIES,
  METHOD_NAME,
  METHOD_PROPERTIES,
  PLUGIN_NAME,
  ruleFault,
  schemaFault,
  TASK_PROPERTIES,
} from "./check-outline.ts";
import type { PluginDefinition } from "./define-plugin.ts";

/** Less would be over at once, with nothing but an import of something useful. */
const LEAST_MEMORY = 4 * MEBIBYTE;

const isFunction = { isFunction: true };

const METHOD = {
  type: "object",
  required: ["handler"],
  additionalProperties: false,
  properties: { ...METHOD_PROPERTIES, handler: isFunction },
};

const MESSAGES = {
  type: "object",
  required: ["handler"],
  additionalProperties: false,
  properties: { ...MESSAGE_PROPERTIES, handler: isFunction },
};

const TASK = {
  type: "object",
  required: ["run"],
  additionalProperties: false,
  properties: { ...TASK_PROPERTIES, run: isFunction },
};

const DEFINITION = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...HEAD_PROPERTIES,
    isolate: { enum: [true, false, "thread", "process"] },
    memoryLimit: { type: "string" },
    methods: {
      type: "object",
      propertyNames: { pattern: METHOD_NAME },
      additionalProperties: { if: isFunction, else: METHOD },
    },
    messages: {
      type: "object",
      propertyNames: { pattern: METHOD_NAME },
      additionalProperties: { if: isFunction, else: MESSAGES },
    },
    tasks: { type: "object", propertyNames: { pattern: PLUGIN_NAME.source }, additionalProperties: TASK },
    start: isFunction,
    settingsChanged: isFunction,
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
        throw invalidPlugin('has no default export; expected "export default definePlugin({ … })"');
      const fault = fits(candidate)
        ? ruleFault(candidate as PluginDefinition)
        : schemaFault(fits.errors ?? []);
      if (fault !== undefined) throw invalidPlugin(fault.message);
      const { memoryLimit } = candidate as PluginDefinition;
      if (memoryLimit !== undefined && !((parseSize(memoryLimit) ?? 0) >= LEAST_MEMORY)) {
        const expected = `expected a size from ${printSize(LEAST_MEMORY)}, like "64MiB"`;
        throw invalidPlugin(`memoryLimit is ${JSON.stringify(memoryLimit)}; ${expected}`);
      }
    },
  };
}
