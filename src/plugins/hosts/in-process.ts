import type { Logger } from "pino";
import { parseDuration } from "../../durations.ts";
import type { Handler, Method } from "../../methods/method.ts";
import type { Task } from "../../schedule/task.ts";
import type {
  CallContext,
  MethodDefinition,
  PluginContext,
  PluginDefinition,
  TaskContext,
} from "../define-plugin.ts";
import type { Plugin, PluginKind } from "../plugin.ts";

/** What a method gets if its author says nothing; `timeout` in milliseconds. */
export interface MethodDefaults {
  readonly timeout: number;
  readonly concurrency: number;
  readonly queue: number;
}

const DEFAULT_TASK_TIMEOUT_MS = 300_000;

export interface InProcessOptions {
  readonly definition: PluginDefinition;
  readonly name: string;
  readonly kind: PluginKind;
  /** Valid already. */
  readonly settings: Record<string, unknown>;
  readonly defaults: MethodDefaults;
  readonly logger: Logger;
}

/** Runs a plugin's functions here, in the agent's own process and thread: fast, and trusted not to block it. */
export function hostInProcess({
  definition,
  name,
  kind,
  settings,
  defaults,
  logger,
}: InProcessOptions): Plugin {
  const log = logger.child({ plugin: name });
  const context: PluginContext = { plugin: name, settings, log };

  return {
    name,
    kind,
    version: definition.version,
    description: definition.description,
    methods: Object.entries(definition.methods ?? {}).map(([method, given]): Method => {
      const { handler, timeout, concurrency, queue, ...described } = asDefinition(given);
      return {
        ...described,
        name: method,
        plugin: name,
        timeout: parseDuration(timeout ?? "") ?? defaults.timeout,
        concurrency: concurrency ?? defaults.concurrency,
        queue: queue ?? defaults.queue,
        handler: callHandler(handler, context),
      };
    }),
    tasks: Object.entries(definition.tasks ?? {}).map(
      ([task, given]): Task => ({
        name: task,
        plugin: name,
        cron: given.cron,
        timezone: given.timezone,
        overlap: given.overlap ?? "skip",
        timeout: parseDuration(given.timeout ?? "") ?? DEFAULT_TASK_TIMEOUT_MS,
        run: ({ signal, logger }) => {
          const taskContext: TaskContext = { ...context, task, signal, log: logger };
          return given.run(taskContext);
        },
      }),
    ),
    start: async () => {
      await definition.start?.(context);
    },
    stop: async () => {
      await definition.stop?.(context);
    },
  };
}

const asDefinition = (given: MethodDefinition | MethodDefinition["handler"]): MethodDefinition =>
  typeof given === "function" ? { handler: given } : given;

function callHandler(handler: MethodDefinition["handler"], { plugin, settings }: PluginContext): Handler {
  return (invocation) => {
    const context: CallContext = {
      plugin,
      settings,
      method: invocation.method,
      requestId: invocation.requestId,
      signal: invocation.signal,
      reply: invocation.reply,
      get log() {
        return invocation.logger;
      },
    };
    return handler(invocation.payload, context);
  };
}
