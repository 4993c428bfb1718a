import type { Logger } from "pino";
import type { Invocation } from "../../methods/method.ts";
import type { CallContext, PluginContext, PluginDefinition } from "../define-plugin.ts";
import { methodDefinition, outlineOf } from "../outline-of.ts";
import type { Plugin, PluginKind } from "../plugin.ts";
import { assemblePlugin, type MethodDefaults } from "./assemble.ts";

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
export function hostInProcess(options: InProcessOptions): Plugin {
  const { definition, name, kind, settings, defaults, logger } = options;
  const { methods = {}, tasks = {} } = definition;
  const context: PluginContext = { plugin: name, settings, log: logger.child({ plugin: name }) };
  const handlers = new Map(
    Object.entries(methods).map(([method, given]) => [method, methodDefinition(given).handler]),
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
      runTask: ({ task, signal, logger: log }) => tasks[task]?.run({ ...context, task, signal, log }),
      stop: async () => {
        if (started) await definition.stop?.(context);
      },
    },
  });
}

function callContext(invocation: Invocation, { plugin, settings }: PluginContext): CallContext {
  return {
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
}
