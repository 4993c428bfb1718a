import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import type { Logger } from "../../events/logger.ts";
import type { Dispatcher } from "../../methods/dispatcher.ts";
import type { MethodRegistry } from "../../methods/registry.ts";
import type { LogLevel } from "../../observe/log/log-level.ts";
import type { Redactor } from "../../observe/log/redaction.ts";
import type { AnsweredCall } from "../../observe/status-page/answered-call.ts";
import type { Control } from "../../observe/status-page/control.ts";
import { createMethodFigures, type MethodFigures } from "../../observe/status-page/method-figures.ts";
import { createRecentCalls, type RecentCalls } from "../../observe/status-page/recent-calls.ts";
import { createStatusPage, type StatusPage } from "../../observe/status-page/status-page.ts";
import type { PluginSet } from "../../plugins/plugin-set.ts";
import { type StatusParts, statusSources } from "./sources.ts";

/** What is kept of calls for the status page. */
export interface WatchedCalls {
  onAnswer(answered: AnsweredCall): void;
  readonly figures: MethodFigures;
  readonly recentCalls: RecentCalls;
}

export interface WatchCallsOptions {
  readonly observe: Pick<LoadedConfig["values"]["observe"], "page" | "payloads">;
  readonly registry: Pick<MethodRegistry, "list">;
  readonly clock: Clock;
  redact(text: string): string;
}

/** Undefined if there is no page to show them: then nothing is kept. */
export function watchCalls({
  observe,
  registry,
  clock,
  redact,
}: WatchCallsOptions): WatchedCalls | undefined {
  if (!observe.page) return undefined;
  const methods = (): string[] => registry.list().map(({ name }) => name);
  const figures = createMethodFigures({ methods, clock, redact });
  const recentCalls = createRecentCalls({ payloads: observe.payloads, clock, redact });
  return {
    onAnswer(answered) {
      figures.add(answered);
      recentCalls.add(answered);
    },
    figures,
    recentCalls,
  };
}

export interface AgentStatusPageOptions extends Omit<StatusParts, "figures" | "recentCalls"> {
  /** Undefined: there is no page. */
  readonly calls: WatchedCalls | undefined;
  readonly dispatcher: Pick<Dispatcher, "dispatch">;
  readonly plugins: Pick<PluginSet, "status" | "restart">;
  readonly logLevel: LogLevel;
  readonly logger: Logger;
  readonly redactor: Pick<Redactor, "redact">;
}

/** The status page of this agent; undefined if it is switched off. */
export function openStatusPage({ calls, ...options }: AgentStatusPageOptions): StatusPage | undefined {
  if (calls === undefined) return undefined;
  const { controlToken } = options.config.values.observe;
  return createStatusPage({
    ...options,
    redact: options.redactor.redact,
    sources: statusSources({ ...options, ...calls }),
    ...(controlToken === null ? {} : { control: controlOf(controlToken, options) }),
  });
}

/** Calls go through the dispatcher as the hub's do, under the same limits, and are counted and logged alike. */
function controlOf(
  token: string,
  { dispatcher, plugins, logLevel }: Pick<AgentStatusPageOptions, "dispatcher" | "plugins" | "logLevel">,
): Control {
  return {
    token,
    call: (methodName, payload) =>
      new Promise((resolve) => {
        dispatcher.dispatch({
          requestId: `local-${randomUUID()}`,
          methodName,
          payload,
          reply: (status, body) => resolve({ status, body }),
        });
      }),
    restartPlugin: plugins.restart,
    logLevel,
  };
}
