import type { JsonSchema, MessageDefinition, MethodDefinition, TaskDefinition } from "./define-plugin.ts";

/** A method, but for the code that answers it. */
export type MethodOutline = Omit<MethodDefinition, "handler">;

/** A task, but for the code that does it. */
export type TaskOutline = Omit<TaskDefinition, "run">;

/** A handler of messages, but for the code that handles them. */
export type MessageOutline = Omit<MessageDefinition, "handler">;

/** What a plugin says of itself, as data: it may come from a worker, or from a file that is no code at all. */
export interface PluginOutline {
  readonly version?: string;
  readonly description?: string;
  /** JSON Schema (2020-12) of its settings. */
  readonly settings?: JsonSchema;
  /** The same of what it tells the hub: an object, and a message has some of its properties. Told to models, not enforced. */
  readonly telemetry?: JsonSchema;
  readonly methods: Readonly<Record<string, MethodOutline>>;
  readonly tasks: Readonly<Record<string, TaskOutline>>;
  readonly messages?: Readonly<Record<string, MessageOutline>>;
}
