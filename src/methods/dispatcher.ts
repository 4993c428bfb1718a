import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import { UNKNOWN_METHOD } from "../observe/metrics/methods.ts";
import type { AnsweredCall } from "../observe/status-page/answered-call.ts";
import { Exchange, type MethodInstruments } from "./exchange.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { MethodCall } from "./method.ts";
import { type PayloadProblem, parsePayload } from "./payload.ts";
import type { MethodRegistry, RegisteredMethod } from "./registry.ts";
import { errorReply, failureReply, type Reply } from "./reply.ts";
import { RunningCall } from "./running-call.ts";
import { createRunningCalls } from "./running-calls.ts";

export interface DispatcherOptions {
  readonly registry: MethodRegistry;
  readonly metrics: MethodInstruments;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Where calls become jobs; without it, none does. */
  readonly jobs?: Pick<Jobs, "open">;
  /** Plugins whose methods are not known yet: whoever calls one of those should call again. */
  starting?(): readonly string[];
  /** Told of each call that has its answer; must be quick, and not throw. */
  onAnswer?: ((answered: AnsweredCall) => void) | undefined;
}

export interface Dispatcher {
  /** Takes a call and sees it answered, exactly once and in time, whatever its handler does. Never throws. */
  dispatch(call: MethodCall): void;
  /** Resolves when every call has its answer. */
  idle(): Promise<void>;
  /**
   * Refuses new calls, waits so many milliseconds until those there are have their answers and their handlers have
   * ended, then aborts the rest and answers them.
   */
  drain(milliseconds: number): Promise<void>;
}

const NO_JOBS: Pick<Jobs, "open"> = {
  open: () => ({ refusal: errorReply("METHOD_FAILED", "there are no jobs here") }),
};

/** Brings calls to their handlers and replies back. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { registry, metrics, logger, clock = systemClock, jobs = NO_JOBS, starting = () => [] } = options;
  /** Handlers may go on after they have answered, so what runs and what is owed are two things. */
  const running = createRunningCalls(clock);
  let owed = 0;
  let stopping = false;
  let waiters: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  metrics.methodsQueued.readBy(() => {
    let waiting = 0;
    for (const { isWaiting } of running) if (isWaiting) waiting += 1;
    metrics.methodsQueued.set(waiting);
  });
  metrics.methodsInFlight.readBy(() => metrics.methodsInFlight.set(owed));
  metrics.methodCalls.inc({ method: UNKNOWN_METHOD, outcome: "method_not_found" }, 0);

  const allAnswered = (): boolean => owed === 0;
  const allEnded = (): boolean => owed === 0 && running.size === 0;

  const shared = { metrics, clock, jobs, running, onLeft: wake };
  const answering = {
    isMethod: registry.has,
    logger,
    metrics,
    clock,
    tell: options.onAnswer,
    onAnswered() {
      owed -= 1;
      wake();
    },
  };

  function dispatch(given: MethodCall): void {
    const method = registry.get(given.methodName);
    owed += 1;
    const exchange = new Exchange(answering, method === undefined ? given : byOwnName(given, method), method);
    if (logger.isLevelEnabled("debug"))
      exchange.logger.debug({ event: "call.arrived", bytes: given.payload.length }, "a call has arrived");
    if (stopping) exchange.answer(errorReply("AGENT_STOPPING", "the agent is stopping; call again soon"));
    else if (method === undefined) exchange.answer(notFound(given.methodName));
    else admit(method, exchange);
  }

  function admit(method: RegisteredMethod, exchange: Exchange): void {
    const parsed = parsePayload(exchange.call.payload);
    const refusal = "problem" in parsed ? invalid(parsed.problem) : refusalOf(method, parsed.value);
    if (refusal !== undefined) exchange.answer(refusal);
    else if ("value" in parsed) new RunningCall(shared, { method, payload: parsed.value, exchange }).enter();
  }

  function notFound(name: string): Reply {
    const coming = starting();
    if (coming.length > 0) {
      const message = `this device has no method ${JSON.stringify(name)} yet, and plugins that are still starting`;
      return errorReply("PLUGIN_DOWN", message, { starting: coming });
    }
    const methods = registry.list().map((method) => method.name);
    const advice = name.startsWith("hubhand.")
      ? "; hubhand's own can be switched off and on (methods.builtIn)"
      : "";
    const message = `this device has no method ${JSON.stringify(name)}${advice}`;
    return errorReply("METHOD_NOT_FOUND", message, { methods });
  }

  function wake(): void {
    if (waiters.length === 0) return;
    const ready = waiters.filter(({ done }) => done());
    waiters = waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }

  const until = (done: () => boolean): Promise<void> =>
    done() ? Promise.resolve() : new Promise((resolve) => waiters.push({ done, resolve }));

  return {
    dispatch,
    idle: () => until(allAnswered),
    async drain(milliseconds) {
      stopping = true;
      await waitAtMost(until(allEnded), milliseconds, clock);
      const reason = new Error("the agent is stopping");
      // Those that wait last in, first out: none of them may get the place of one that is given up before it.
      for (const entry of [...running].reverse()) {
        entry.giveUp(reason, errorReply("AGENT_STOPPING", "the agent stopped before the handler answered"));
      }
    },
  };
}

/** As a command it has another name; log, metrics and handler know it by its own. */
function byOwnName(call: MethodCall, { name: methodName }: RegisteredMethod): MethodCall {
  return call.methodName === methodName ? call : { ...call, methodName };
}

function refusalOf(method: RegisteredMethod, payload: unknown): Reply | undefined {
  try {
    const problem = method.validate(payload);
    return problem === undefined ? undefined : invalid(problem);
  } catch (error) {
    return failureReply(error);
  }
}

function invalid(problem: PayloadProblem): Reply {
  const where = problem.path === "" ? "the payload" : `the payload at ${problem.path}`;
  return errorReply("PAYLOAD_INVALID", `${where} ${problem.message}`, problem);
}
