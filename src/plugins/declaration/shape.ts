import {
  HEAD_PROPERTIES,
  MESSAGE_PROPERTIES,
  METHOD_NAME,
  METHOD_PROPERTIES,
  PLUGIN_NAME,
  TASK_PROPERTIES,
  type TaskAsWritten,
} from "../check-outline.ts";

/** Texts, and what YAML makes of texts that look like something else. */
const written = { type: ["string", "number", "boolean"] };

/** An account: its name, or its number. */
const account = { type: ["string", "integer"] };

/** What may stand in a declaration, as JSON Schema. */
export const DECLARATION = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...HEAD_PROPERTIES,
    version: { type: ["string", "number"] },
    command: { type: ["string", "array"], minItems: 1, items: { type: ["string", "number"] } },
    mode: { enum: ["executable", "daemon"] },
    environment: {
      type: "object",
      propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
      additionalProperties: written,
    },
    user: account,
    group: account,
    url: { type: "string" },
    headers: {
      type: "object",
      propertyNames: { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" },
      additionalProperties: written,
    },
    methods: {
      type: "object",
      propertyNames: { pattern: METHOD_NAME },
      additionalProperties: {
        type: ["object", "null"],
        additionalProperties: false,
        properties: METHOD_PROPERTIES,
      },
    },
    messages: {
      type: "object",
      propertyNames: { pattern: METHOD_NAME },
      additionalProperties: {
        type: ["object", "null"],
        additionalProperties: false,
        properties: MESSAGE_PROPERTIES,
      },
    },
    tasks: {
      type: "object",
      propertyNames: { pattern: PLUGIN_NAME.source },
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: TASK_PROPERTIES,
      },
    },
  },
};

/** A text as its author meant it: YAML reads `8080` as a number. */
type Written = string | number | boolean;

/** What a file holds that fits `DECLARATION`. */
export interface WrittenDeclaration {
  readonly name?: string;
  readonly version?: string | number;
  readonly description?: string;
  readonly settings?: boolean | Readonly<Record<string, unknown>>;
  readonly telemetry?: boolean | Readonly<Record<string, unknown>>;
  readonly command?: string | readonly (string | number)[];
  readonly mode?: "executable" | "daemon";
  readonly environment?: Readonly<Record<string, Written>>;
  readonly user?: string | number;
  readonly group?: string | number;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, Written>>;
  readonly methods?: Readonly<Record<string, object | null>>;
  readonly messages?: Readonly<Record<string, object | null>>;
  readonly tasks?: Readonly<Record<string, TaskAsWritten>>;
}
