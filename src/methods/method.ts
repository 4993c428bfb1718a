import type { AuthorLogger } from "../events/logger.ts";

/** A JSON Schema, draft 2020-12, as data. */
export type JsonSchema = boolean | object;

/** A direct method that this device answers. */
export interface Method {
  readonly name: string;
  /** Who brought it; `hubhand` for the built-in ones. */
  readonly plugin: string;
  readonly description?: string;
  /** What the payload must be; without it, any JSON. */
  readonly schema?: JsonSchema;
  /** What the reply will be; told to callers, not enforced. */
  readonly replySchema?: JsonSchema;
  /** Milliseconds from the arrival of a call to the latest reply, waiting in the queue included. */
  readonly timeout: number;
  /** How many calls run at once. */
  readonly concurrency: number;
  /** How many more wait for their turn. */
  readonly queue: number;
  readonly handler: Handler;
  /** Told of each job that a call of it begins. @param over as that of `Invocation.job` */
  onJob?(over: Promise<void>): void;
}

/** One call, as a handler gets it. */
export interface Invocation {
  readonly method: string;
  readonly requestId: string;
  /** Parsed and valid. */
  readonly payload: unknown;
  /** Milliseconds from the call's arrival to its latest reply. */
  readonly timeout: number;
  /** Fires when the call's time is over, or when the agent stops without having waited long enough. */
  readonly signal: AbortSignal;
  /** Its lines carry method and request id. */
  readonly logger: AuthorLogger;
  /** Answers now; what the handler returns afterwards is not sent. */
  reply(status: number, payload?: unknown): void;
  /**
   * Makes the call a job: answers 202 `{"jobId": "…"}`, then does the work in the background, whatever becomes of the
   * call. No work is started if the call has its answer already (this one is dropped and told, as a further reply is),
   * if its time is over before the job is on disk, or if too many jobs run: the caller gets 429 then.
   * @returns a promise that resolves when the job is over, or was never started; it never rejects. A job that was given
   * up is over although its work may go on
   */
  job(work: JobWork): Promise<void>;
}

/**
 * Work that is longer than a caller waits: what it returns (or resolves to) is the job's result, a throw its failure.
 * Text of JSON that is there already is a result as it is, as JsonText.
 */
export type JobWork = (run: JobRun) => unknown;

/** What the work of a job gets. */
export interface JobRun {
  /** The job's id, as the caller was told it. */
  readonly id: string;
  /** Fires when the job is cancelled, over its time, or when the agent stops: give up what you do. */
  readonly signal: AbortSignal;
  /**
   * Tells how far it is, to whoever asks for the job: any JSON, a number or a text or an object, of at most 16 KiB. Only
   * the latest is kept; one that is larger or cannot be written as JSON is dropped, which the log says once.
   */
  progress(value: unknown): void;
}

/**
 * Runs a call. What it resolves to is the payload of a reply with status 200, unless it has replied itself; a
 * rejection is METHOD_FAILED, or what a HubhandError with a status says. Text of JSON that is there already goes out as
 * it is, as JsonText. It may be a function here, a worker, a process or another machine.
 */
export type Handler = (invocation: Invocation) => unknown;

/** A call as it arrives. */
export interface MethodCall {
  readonly requestId: string;
  readonly methodName: string;
  readonly payload: Uint8Array;
  /** Sends the one reply, now or when there is a link again; calls `lost` once if it never can. */
  reply(status: number, body: string, lost: () => void): void;
}
