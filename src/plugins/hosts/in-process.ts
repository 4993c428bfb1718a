import type { Logger } from "pino";
import { mapValues } from "../../map-values.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { Invocation } from "../../methods/method.ts";
import type { CallContext, MethodDefinition, PluginContext, PluginDefinition } from "../define-plugin.ts";
import type { Plugin, PluginKind } from "../plugin.ts";
import { assemblePlugin, type MethodDefaults } from "./assemble.ts";
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
  const { methods = {}, tasks = {}, ...described } = definition;
  const { telemetry, close } = telemetryHere(name, options.telemetry);
  let context: PluginContext = { plugin: name, settings, log: logger.child({ plugin: name }), telemetry };
  const handlers = new Map(
    Object.entries(methods).map(([method, given]) => [method, asDefinition(given).handler]),
  );
  // What has not started has nothing to close, and an author need not think of it.
  let started = false;

  return assemblePlugin({
    outline: {
      ...described,
      methods: mapValues(methods, (given) => {
        const { handler: _, ...outline } = asDefinition(given);
        return outline;
      }),
      tasks: mapValues(tasks, ({ run: _, ...outline }) => outline),
    },
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

const asDefinition = (given: MethodDefinition | MethodDefinition["handler"]): MethodDefinition =>
  typeof given === "function" ? { handler: given } : given;

function callContext(invocation: Invocation, { plugin, settings, telemetry }: PluginContext): CallContext {
  return {
    plugin,
    settings,
    telemetry,
    method: invocation.method,
    requestId: invocation.requestId,
    signal: invocation.signal,
    reply: invocation.reply,
    job: (work) => void invocation.job(work),
    get log() {
      return invocation.logger;
    },
  };
}
