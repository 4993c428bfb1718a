import type { Clock } from "../clock.ts";
import { type AuthorLogger, forAuthor } from "../events/logger.ts";
import { isThenable } from "../thenable.ts";
import type { Exchange, MethodInstruments } from "./exchange.ts";
import { answerWithJob, type JobAnswer } from "./jobs/answer.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { Invocation, JobWork } from "./method.ts";
import type { RegisteredMethod } from "./registry.ts";
import { errorReply, failureReply, handlerReply, isCallersFault, type Reply } from "./reply.ts";
import type { RunningCalls } from "./running-calls.ts";

/** Timers of Node count whole milliseconds, so two that are due together may fire this far apart. */
const TIMER_STEP_MS = 1;

/** What all calls of a dispatcher share. */
export interface RunningCallOptions {
  readonly metrics: Pick<MethodInstruments, "methodQueue" | "eventLoop">;
  readonly clock: Clock;
  readonly jobs: Pick<Jobs, "open">;
  /** Those that have a place or wait for one; a call enters itself, and leaves when it is over. */
  readonly running: RunningCalls;
  /** A call has given back its place: its handler has ended, or nobody waits for it any more. */
  onLeft(): void;
}

export interface AdmittedCall {
  readonly method: RegisteredMethod;
  /** Parsed and valid. */
  readonly payload: unknown;
  readonly exchange: Exchange;
}

/**
 * A call within its method's limits: its turn, its time, its handler, its answer. It is what the handler gets, too: what most
 * handlers never ask for is made when they do.
 */
export class RunningCall implements Invocation {
  readonly payload: unknown;
  private readonly options: RunningCallOptions;
  private readonly registered: RegisteredMethod;
  private readonly exchange: Exchange;
  private hasPlace = false;
  private hasStarted = false;
  private hasLeft = false;
  private controller: AbortController | undefined;
  /** Why it was given up. */
  private reason: Error | undefined;
  /** The answer is a job, and goes out when that is on disk. */
  private promised: JobAnswer | undefined;

  constructor(options: RunningCallOptions, { method, payload, exchange }: AdmittedCall) {
    this.options = options;
    this.registered = method;
    this.payload = payload;
    this.exchange = exchange;
  }

  get method(): string {
    return this.registered.name;
  }

  get requestId(): string {
    return this.exchange.call.requestId;
  }

  get timeout(): number {
    return this.registered.timeout;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  get logger(): AuthorLogger {
    return forAuthor(this.promised?.logger ?? this.exchange.logger);
  }

  get reply(): Invocation["reply"] {
    return (status, payload) => this.answer(handlerReply(status, payload));
  }

  get job(): Invocation["job"] {
    return (work) => this.becomeJob(work);
  }

  /** When its time is over, on the clock. */
  get deadline(): number {
    return this.exchange.arrived + this.registered.timeout;
  }

  /** Its turn has not come yet. */
  get isWaiting(): boolean {
    return !this.hasPlace;
  }

  /** Takes a place, or waits for one; answers at once if there is no room to wait. */
  enter(): void {
    const { running } = this.options;
    const { limiter, name, concurrency, queue } = this.registered;
    // Before it enters: a handler may be over before `enter` returns.
    running.add(this);
    if (!limiter.enter(this)) {
      const message = `${name} is busy: ${concurrency} calls run and ${queue} wait`;
      this.exchange.answer(errorReply("METHOD_BUSY", message, { concurrency, queue }));
      this.leave();
    }
    // Nothing could have stopped a handler that was over at once.
    if (!this.hasLeft) running.watch(this);
  }

  /** It has its place. */
  turn(): void {
    const { clock, metrics } = this.options;
    const { registered, exchange } = this;
    this.hasPlace = true;
    const now = clock.now();
    const waited = now - exchange.arrived;
    // Calls that came together are over together: the end of one must not start the next, whose caller has gone.
    if (waited > TIMER_STEP_MS && waited + TIMER_STEP_MS > registered.timeout) {
      this.expire();
      return;
    }
    this.hasStarted = true;
    metrics.methodQueue.observe(exchange.labels, waited / 1000);
    this.handle();
    metrics.eventLoop.held(clock.now() - now);
  }

  /** Its time is over. */
  expire(): void {
    const { registered, hasStarted } = this;
    const reason = new Error(`method ${registered.name} is over its ${registered.timeout} ms`);
    this.giveUp(reason, timedOut(registered, hasStarted));
  }

  /** Ends it now, whatever its handler does: fires its signal, answers if nobody has, gives its place back. */
  giveUp(reason: Error, reply: Reply): void {
    this.reason ??= reason;
    // The signal first: a handler may still answer with what it has, in its listener.
    this.controller?.abort(reason);
    if (!this.exchange.answered) this.exchange.answer(reply);
    this.leave();
  }

  /** What is there at once is answered at once. */
  private handle(): void {
    try {
      const result = this.registered.handler(this);
      if (isThenable(result)) {
        void this.wait(result);
        return;
      }
      this.succeed(result);
    } catch (error) {
      this.fail(error);
    }
    this.end();
  }

  private async wait(result: PromiseLike<unknown>): Promise<void> {
    try {
      this.succeed(await result);
    } catch (error) {
      this.fail(error);
    }
    this.end();
  }

  private succeed(result: unknown): void {
    // A handler that has replied usually returns nothing; that is not a second answer.
    if (!this.hasAnswer || result !== undefined) this.answer(handlerReply(200, result));
  }

  private fail(error: unknown): void {
    if (!this.hasAnswer)
      this.exchange.answer(failureReply(error), isCallersFault(error) ? undefined : { error });
    else
      this.exchange.logger.warn(
        { event: "call.failed-late", err: error },
        "the handler failed after the call was answered",
      );
  }

  private end(): void {
    if (this.promised === undefined) this.leave();
    else void this.promised.sent.then(() => this.leave());
  }

  private get hasAnswer(): boolean {
    return this.exchange.answered || this.promised !== undefined;
  }

  private answer(reply: Reply): void {
    if (this.hasAnswer) this.exchange.drop(reply);
    else this.exchange.answer(reply);
  }

  private becomeJob(work: JobWork): Promise<void> {
    const { registered, exchange, requestId } = this;
    if (this.hasAnswer) {
      exchange.drop({ status: 202, outcome: "ok" });
      return Promise.resolve();
    }
    const { jobs } = this.options;
    this.promised = answerWithJob({ jobs, method: registered, requestId, exchange, work });
    registered.onJob?.(this.promised.over);
    return this.promised.over;
  }

  private leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    const { running, onLeft } = this.options;
    const { limiter } = this.registered;
    // The time first: the place goes to another, which may be over before it comes back.
    running.remove(this);
    // A handler that never ends must not keep its place for ever.
    if (this.hasPlace) limiter.leave();
    else limiter.leaveQueue(this);
    onLeft();
  }
}

function timedOut({ name, timeout }: RegisteredMethod, started: boolean): Reply {
  const where = started ? "its handler did not answer" : "it waited in the queue";
  return errorReply("METHOD_TIMED_OUT", `${name} is over its ${timeout} ms: ${where}`, {
    timeoutMs: timeout,
  });
}
