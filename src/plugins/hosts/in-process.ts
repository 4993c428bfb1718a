import { forAuthor, type Logger } from "../../events/logger.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { PluginContext, PluginDefinition } from "../define-plugin.ts";
import { messageDefinition, methodDefinition, outlineOf } from "../outline-of.ts";
import type { Plugin, PluginKind } from "../plugin.ts";
import { assemblePlugin, type MethodDefaults } from "./assemble.ts";
import { callContext } from "./call-context.ts";
import { tellResult } from "./task-telemetry.ts";
import { telemetryHere } from "./telemetry-here.ts";

export interface InProcessOptions {
  readonly definition: PluginDefinition;
  readonly name: string;
  readonly kind: PluginKind;
  /** Valid already. */
  readonly settings: Record<string, unknown>;
  readonly defaults: MethodDefaults;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
}

/** Runs a plugin's functions here, in the agent's own process and thread: fast, and trusted not to block it. */
export function hostInProcess(options: InProcessOptions): Plugin {
  const { definition, name, kind, settings, defaults, logger } = options;
  const { methods = {}, tasks = {}, messages = {} } = definition;
  const { telemetry, close } = telemetryHere(name, options.telemetry);
  let context: PluginContext = {
    plugin: name,
    settings,
    log: forAuthor(logger.child({ plugin: name })),
    telemetry,
  };
  const handlers = new Map(
    Object.entries(methods).map(([method, given]) => [method, methodDefinition(given).handler]),
  );
  const messageHandlers = new Map(
    Object.entries(messages).map(([message, given]) => [message, messageDefinition(given).handler]),
  );
  // What has not started has nothing to close, and an author need not think of it.
  let started = false;

  return assemblePlugin({
    outline: outlineOf(definition),
    name,
    kind,
    defaults,
    host: {
      start: async () => {
        await definition.start?.(context);
        started = true;
      },
      call: (invocation) =>
        handlers.get(invocation.method)?.(invocation.payload, callContext(invocation, context)),
      async runTask({ task, signal, logger: log }) {
        const result = await tasks[task]?.run({ ...context, task, signal, log });
        await tellResult({ result, how: tasks[task]?.telemetry, telemetry, signal });
      },
      handleMessage: ({ name: message, payload, message: facts, attempt, signal, logger: log }) =>
        messageHandlers.get(message)?.(payload, {
          ...context,
          name: message,
          message: facts,
          attempt,
          signal,
          log,
        }),
      changeSettings: async (given) => {
        if (definition.settingsChanged === undefined) return false;
        context = { ...context, settings: given };
        await definition.settingsChanged(context);
        return true;
      },
      stop: async () => {
        try {
          if (started) await definition.stop?.(context);
        } finally {
          close();
        }
      },
    },
  });
}
