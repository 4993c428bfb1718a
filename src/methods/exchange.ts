import type { Clock } from "../clock.ts";
import { cut } from "../cut.ts";
import type { Logger } from "../events/logger.ts";
import { UNKNOWN_METHOD } from "../observe/metrics/methods.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { AnsweredCall } from "../observe/status-page/answered-call.ts";
import type { MethodCall } from "./method.ts";
import type { RegisteredMethod } from "./registry.ts";
import type { Reply } from "./reply.ts";

/** How much of an error's reply is in the log. */
const EXCERPT = 500;

export type MethodInstruments = Pick<
  Metrics,
  | "methodCalls"
  | "methodDuration"
  | "methodQueue"
  | "methodsInFlight"
  | "methodsQueued"
  | "methodPayload"
  | "extraReplies"
  | "lostReplies"
  | "eventLoop"
>;

/** What all calls of a dispatcher share. */
export interface ExchangeOptions {
  /** Asked whenever a call is counted: its method may go while it runs, and its series with it. */
  isMethod(name: string): boolean;
  readonly logger: Logger;
  readonly metrics: MethodInstruments;
  readonly clock: Clock;
  onAnswered(): void;
  /** Whoever keeps figures; must not throw. */
  readonly tell?: ((answered: AnsweredCall) => void) | undefined;
}

/** What a series of calls is counted under. */
interface MethodLabels {
  readonly method: string;
}

const UNKNOWN: MethodLabels = { method: UNKNOWN_METHOD };
const REQUEST = { direction: "request" } as const;
const REPLY = { direction: "reply" } as const;

/**
 * One call and its one reply: sees to it that a call is answered exactly once, and that whoever watches learns how. A class,
 * and what is seldom asked for made when it is: there is one for each call.
 */
export class Exchange {
  readonly call: MethodCall;
  /** When the call arrived, on the clock. */
  readonly arrived: number;
  answered = false;
  private readonly options: ExchangeOptions;
  /** Undefined for a method that there is not. */
  private readonly method: RegisteredMethod | undefined;
  private child: Logger | undefined;

  constructor(options: ExchangeOptions, call: MethodCall, method: RegisteredMethod | undefined) {
    this.options = options;
    this.call = call;
    this.method = method;
    this.arrived = options.clock.now();
    options.metrics.methodPayload.observe(REQUEST, call.payload.length);
  }

  /** What it is counted under: its method, as long as there is such a one. */
  get labels(): MethodLabels {
    return this.method !== undefined && this.options.isMethod(this.method.name)
      ? this.method.labels
      : UNKNOWN;
  }

  /** Its lines carry method and request id. */
  get logger(): Logger {
    this.child ??= this.options.logger.child(this.bindings);
    return this.child;
  }

  private get bindings() {
    const { plugin } = this.method ?? {};
    const { methodName: method, requestId } = this.call;
    return plugin === undefined ? { method, requestId } : { plugin, method, requestId };
  }

  /**
   * Sends, counts and logs the first answer; counts and logs any further one, and drops it.
   * @param thrown what its handler threw, if that is a fault of the handler's: for the log
   */
  answer(reply: Reply, thrown?: { readonly error: unknown }): void {
    if (this.answered) {
      this.drop(reply);
      return;
    }
    const { status, body, bytes, outcome } = reply;
    const { call, labels, arrived } = this;
    const { metrics, clock, onAnswered, tell } = this.options;
    this.answered = true;
    this.send(status, body);
    const milliseconds = clock.now() - arrived;
    metrics.methodCalls.inc({ method: labels.method, outcome });
    metrics.methodDuration.observe(labels, milliseconds / 1000);
    metrics.methodPayload.observe(REPLY, bytes);
    this.log(reply, Math.round(milliseconds * 1000) / 1000, thrown);
    onAnswered();
    tell?.({ call, label: labels.method, status, outcome, body, milliseconds });
  }

  /** Counts and logs an answer that comes too late to be one. */
  drop({ status, outcome }: Pick<Reply, "status" | "outcome">): void {
    this.options.metrics.extraReplies.inc(this.labels);
    this.logger.warn(
      { event: "call.answered-twice", status, outcome },
      "the call was answered already; this answer is dropped",
    );
  }

  private send(status: number, body: string): void {
    try {
      this.call.reply(status, body, () => this.lost());
    } catch (error) {
      this.logger.error(
        { event: "call.reply-failed", err: error },
        "the link failed while it took the reply",
      );
      this.lost();
    }
  }

  private lost(): void {
    this.options.metrics.lostReplies.inc(this.labels);
    this.logger.warn(
      { event: "call.reply-lost" },
      "the reply is lost: no link to the hub could take it in time",
    );
  }

  private log(
    { status, outcome, body }: Reply,
    ms: number,
    thrown: { readonly error: unknown } | undefined,
  ): void {
    if (outcome === "ok") {
      // A logger of its own, for this one line of most calls, would cost more than the line.
      const { logger } = this.options;
      logger.info({ ...this.bindings, event: "call.answered", status, outcome, ms }, "answered");
      return;
    }
    const line = { event: "call.failed", status, outcome, ms, reply: cut(body, EXCERPT) } as const;
    if (thrown === undefined) this.logger.warn(line, "answered with an error");
    else this.logger.error({ ...line, err: thrown.error }, "the handler failed");
  }
}
