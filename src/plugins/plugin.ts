import type { MessageHandler } from "../messages/inbox/handler.ts";
import type { JsonSchema, Method } from "../methods/method.ts";
import type { Task } from "../schedule/task.ts";

/**
 * `module` is a file or folder of JavaScript or TypeScript, `executable` a program that is started for each call,
 * `daemon` one that goes on, `http` a service elsewhere; `built-in` is hubhand's own.
 */
export type PluginKind = "module" | "executable" | "daemon" | "http" | "built-in";

/** Told by a plugin whose code runs elsewhere how that is, from its start to its stop. */
export interface PluginObserver {
  /** Calls cannot be answered for now; `problem` is for a person. */
  down(problem: string): void;
  /** They can again. */
  up(): void;
  /** Its worker or process was started afresh, by hubhand itself. */
  restarted(): void;
}

/** A plugin, checked and ready to start: what every kind of plugin is turned into. */
export interface Plugin {
  readonly name: string;
  readonly kind: PluginKind;
  readonly version: string | undefined;
  readonly description: string | undefined;
  /** JSON Schema of what it tells the hub, if it says so. */
  readonly telemetry?: JsonSchema | undefined;
  readonly methods: readonly Method[];
  readonly tasks: readonly Task[];
  /** What it takes of the messages from the hub. */
  readonly messages: readonly MessageHandler[];
  /** Resolves when calls may come; rejects if it cannot serve. */
  start(observer: PluginObserver): Promise<void>;
  /**
   * Goes on with other settings, valid ones: calls from now on have them, and so has its code when that is started afresh.
   * Resolves to false, with nothing changed, if its code must be loaded anew for that; the same if it is not there.
   * Rejects if its author's code failed at them: it is to be told the old ones again.
   * @param signal fires when its time is over
   */
  changeSettings?(settings: Record<string, unknown>, signal: AbortSignal): Promise<boolean>;
  /** Of one whose code runs elsewhere: why nobody is there; undefined if somebody is. Never rejects. */
  unreachable?(): Promise<string | undefined>;
  /** Resolves when no call, no task and no message of it runs. */
  idle(): Promise<void>;
  /** Resolves when no job of it runs; a job that was given up runs no more. */
  jobsDone(): Promise<void>;
  /** Ends its code, wherever that runs; also while it starts, and after a start that failed. */
  stop(): Promise<void>;
}
