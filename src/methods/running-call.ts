import type { Clock } from "../clock.ts";
import { forAuthor } from "../events/logger.ts";
import type { Exchange, MethodInstruments } from "./exchange.ts";
import { answerWithJob, type JobAnswer } from "./jobs/answer.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { Invocation, JobWork, MethodCall } from "./method.ts";
import type { RegisteredMethod } from "./registry.ts";
import { errorReply, failureReply, handlerReply, isCallersFault, type Reply } from "./reply.ts";

/** Timers of Node count whole milliseconds, so two that are due together may fire this far apart. */
const TIMER_STEP_MS = 1;

export interface RunningCallOptions {
  readonly method: RegisteredMethod;
  readonly call: MethodCall;
  /** Parsed and valid. */
  readonly payload: unknown;
  readonly exchange: Exchange;
  readonly metrics: Pick<MethodInstruments, "methodQueue">;
  readonly clock: Clock;
  readonly jobs: Pick<Jobs, "open">;
  /** Those that have a place or wait for one; the call enters itself, and leaves when it is over. */
  readonly running: Set<RunningCall>;
  /** The call has given back its place: its handler has ended, or nobody waits for it any more. */
  onLeft(): void;
}

/** A call that has a place, or waits for one. */
export interface RunningCall {
  /** Its turn has not come yet. */
  readonly isWaiting: boolean;
  /** Ends it now, whatever its handler does: fires its signal, answers if nobody has, gives its place back. */
  giveUp(reason: Error, reply: Reply): void;
}

/** Runs a call within its method's limits: its turn, its time, its handler, its answer. */
export function runCall(options: RunningCallOptions): void {
  const { method, call, payload, exchange, metrics, clock, jobs, running, onLeft } = options;
  const { limiter, concurrency, queue } = method;
  const abort = new AbortController();
  let hasPlace = false;
  let started = false;
  let left = false;
  const self: RunningCall = {
    giveUp,
    get isWaiting() {
      return !hasPlace;
    },
  };
  /** The answer is a job, and goes out when that is on disk. */
  let promised: JobAnswer | undefined;

  const cancelTimer = clock.setTimer(method.timeout, expire);

  function expire(): void {
    giveUp(new Error(`method ${method.name} is over its ${method.timeout} ms`), timedOut(method, started));
  }

  function turn(): void {
    hasPlace = true;
    const waited = clock.now() - exchange.arrived;
    // Calls that came together are over together: the end of one must not start the next, whose caller has gone.
    if (waited > TIMER_STEP_MS && waited + TIMER_STEP_MS > method.timeout) {
      expire();
      return;
    }
    started = true;
    metrics.methodQueue.observe({ method: exchange.label }, waited / 1000);
    void handle();
  }

  async function handle(): Promise<void> {
    try {
      const result = await method.handler(invocation());
      // A handler that has replied usually returns nothing; that is not a second answer.
      if (!hasAnswer() || result !== undefined) answer(handlerReply(200, result));
    } catch (error) {
      const late = hasAnswer();
      if (!late) exchange.answer(failureReply(error), isCallersFault(error) ? undefined : { error });
      else
        exchange.logger.warn(
          { event: "call.failed-late", err: error },
          "the handler failed after the call was answered",
        );
    } finally {
      if (promised !== undefined) await promised.sent;
      leave();
    }
  }

  const hasAnswer = (): boolean => exchange.answered || promised !== undefined;

  function answer(reply: Reply): void {
    if (hasAnswer()) exchange.drop(reply);
    else exchange.answer(reply);
  }

  function job(work: JobWork): Promise<void> {
    if (hasAnswer()) {
      exchange.drop({ status: 202, outcome: "ok" });
      return Promise.resolve();
    }
    promised = answerWithJob({ jobs, method, requestId: call.requestId, exchange, work });
    return promised.over;
  }

  function invocation(): Invocation {
    return {
      method: method.name,
      requestId: call.requestId,
      payload,
      timeout: method.timeout,
      signal: abort.signal,
      get logger() {
        return forAuthor(promised?.logger ?? exchange.logger);
      },
      reply: (status, payload) => answer(handlerReply(status, payload)),
      job,
    };
  }

  function giveUp(reason: Error, reply: Reply): void {
    // The signal first: a handler may still answer with what it has, in its listener.
    abort.abort(reason);
    if (!exchange.answered) exchange.answer(reply);
    leave();
  }

  function leave(): void {
    if (left) return;
    left = true;
    cancelTimer();
    // A handler that never ends must not keep its place for ever.
    if (hasPlace) limiter.leave();
    else limiter.leaveQueue(turn);
    running.delete(self);
    onLeft();
  }

  // Before it enters: a handler may be over before `enter` returns.
  running.add(self);
  if (!limiter.enter(turn)) {
    const message = `${method.name} is busy: ${concurrency} calls run and ${queue} wait`;
    exchange.answer(errorReply("METHOD_BUSY", message, { concurrency, queue }));
    leave();
  }
}

function timedOut({ name, timeout }: RegisteredMethod, started: boolean): Reply {
  const where = started ? "its handler did not answer" : "it waited in the queue";
  return errorReply("METHOD_TIMED_OUT", `${name} is over its ${timeout} ms: ${where}`, {
    timeoutMs: timeout,
  });
}
