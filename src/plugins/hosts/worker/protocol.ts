import type { ErrorCode, ReplyErrorCode } from "../../../errors.ts";
import type { LINE_LEVELS } from "../../../rules/log-levels.ts";
import type { CrossingMessage } from "../message-payload.ts";

/**
 * What the agent and the code of a plugin elsewhere (a thread, a process) say to each other. Everything is data that can
 * be written as JSON; `id` is of one call or one run of a task.
 */
export type ToPlugin =
  | { readonly type: "start"; readonly plugin: string; readonly settings: Record<string, unknown> }
  | { readonly type: "stop" }
  | {
      readonly type: "call";
      readonly id: number;
      readonly method: string;
      readonly requestId: string;
      readonly payload: unknown;
    }
  | { readonly type: "task"; readonly id: number; readonly task: string }
  | ({ readonly type: "message"; readonly id: number } & CrossingMessage)
  /** Other settings from now on; answered with `done` or `failed` when the plugin has been told. */
  | { readonly type: "settings"; readonly id: number; readonly settings: Record<string, unknown> }
  /** Do this piece of work, kept since a call became a job. */
  | { readonly type: "job"; readonly id: number; readonly work: number; readonly job: string }
  /** It is not needed any more. */
  | { readonly type: "forget"; readonly work: number }
  | { readonly type: "abort"; readonly id: number; readonly reason: string }
  /** The message of this id is safe: the hub has it, or it is on disk. */
  | { readonly type: "telemetry-kept"; readonly id: number; readonly messageId: string }
  /** Nothing of it is sent. */
  | {
      readonly type: "telemetry-refused";
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  /** Whether its event loop turns; answered with `alive`. */
  | { readonly type: "ask" }
  /** Throw away what nobody holds any more: it seems to take too much memory. */
  | { readonly type: "collect" };

export type FromPlugin =
  /** It runs, and has not imported the plugin yet; `thread` is the operating system's id of it, where that is known. */
  | { readonly type: "booted"; readonly thread: string | undefined }
  /** The default export of the file, each function replaced by FUNCTION_MARK. */
  | { readonly type: "imported"; readonly definition: unknown }
  | { readonly type: "import-failed"; readonly problem: string; readonly thrown: Thrown }
  | { readonly type: "started" }
  | { readonly type: "start-failed"; readonly thrown: Thrown }
  | { readonly type: "stopped" }
  | { readonly type: "stop-failed"; readonly thrown: Thrown }
  /** The handler has returned; `text` is JSON, and missing if it returned nothing. */
  | { readonly type: "done"; readonly id: number; readonly text: string | undefined }
  /** It threw, or its result cannot be sent. */
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure }
  /** `context.reply`: JSON text and a status. */
  | { readonly type: "reply"; readonly id: number; readonly status: number; readonly text: string }
  /** `context.job`: the call wants to become a job with this piece of work, which stays where it is. */
  | { readonly type: "job"; readonly id: number; readonly work: number }
  /** JSON text, from the work of a job. */
  | { readonly type: "progress"; readonly id: number; readonly text: string }
  | { readonly type: "alive" }
  /** `fields` is the JSON text of an object. */
  | {
      readonly type: "log";
      readonly id: number | undefined;
      readonly level: LogLevel;
      readonly fields: string | undefined;
      readonly text: string | undefined;
    }
  /** A line that it wrote to standard output or error. */
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly line: string }
  /** A message to the hub, with an id of its own count: bytes in base64, and the JSON text of an object, not checked. */
  | {
      readonly type: "telemetry";
      readonly id: number;
      readonly body: string;
      readonly options: string;
    }
  /** So many lines were not sent, because there were too many. */
  | { readonly type: "dropped"; readonly lines: number }
  | { readonly type: "uncaught"; readonly kind: string; readonly thrown: Thrown };

export type LogLevel = (typeof LINE_LEVELS)[number];

/** Why a call has no result, as the caller is told it; the stack is for the log alone. */
export interface Failure {
  readonly code: ReplyErrorCode;
  readonly message: string;
  readonly details?: unknown;
  readonly thrown?: Thrown;
}

/** An error that crosses. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** The file descriptor over which a process and the agent talk, in lines of JSON; a thread has a MessagePort. */
export const CHANNEL_FD = 3;

/** Stands for a function in a definition that crosses. */
export const FUNCTION_MARK = "hubhand:function";
