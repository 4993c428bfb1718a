import type { AuthorLogger } from "../../events/logger.ts";
import type { Delivery } from "../../messages/inbox/handler.ts";
import type { Invocation } from "../../methods/method.ts";
import type { PluginObserver } from "../plugin.ts";

/** One run of a task. */
export interface TaskRun {
  readonly task: string;
  /** Fires when the run's time is over or the agent stops. */
  readonly signal: AbortSignal;
  readonly logger: AuthorLogger;
}

/** Runs the code of one plugin, here or elsewhere. */
export interface Host {
  /** Resolves when calls may come; rejects if it cannot serve. */
  start(observer: PluginObserver): Promise<void>;
  /**
   * Answers a call, as `Handler` says. Throws HubhandError PLUGIN_DOWN while there is nothing that could answer,
   * REPLY_TOO_LARGE for a reply that need not be brought here to see that.
   */
  call(invocation: Invocation): unknown;
  runTask(run: TaskRun): unknown;
  /** Handles a message once, as `MessageHandler` says. */
  handleMessage(delivery: Delivery): unknown;
  /** Goes on with other settings. As `Plugin.changeSettings`. */
  changeSettings?(settings: Record<string, unknown>, signal: AbortSignal): Promise<boolean>;
  /** Ends the code; also while it starts, and after a start that failed. */
  stop(): Promise<void>;
}
