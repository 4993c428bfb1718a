import { _, Ajv2020, type CodeOptions, type KeywordCxt, type ValidateFunction } from "ajv/dist/2020.js";
import {
  HEAD_PROPERTIES,
  MESSAGE_PROPERTIES,
  METHOD_NAME,
  METHOD_PROPERTIES,
  PLUGIN_NAME,
  TASK_PROPERTIES,
} from "./check-outline.ts";

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

/** Compiles the schema of what a plugin's author writes; `definition-fits.ts` is what asks for it. */
export function compileSchema(code: CodeOptions = {}): { ajv: Ajv2020; fits: ValidateFunction } {
  const ajv = new Ajv2020({ strict: false, verbose: true, code });
  ajv.addKeyword({
    keyword: "isFunction",
    // As code and not as a function: what is compiled can be written into a file.
    code: (each: KeywordCxt) => each.fail(_`typeof ${each.data} !== "function"`),
    error: { message: "must be a function" },
  });
  return { ajv, fits: ajv.compile(DEFINITION) };
}
