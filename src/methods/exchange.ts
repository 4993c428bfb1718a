import type { Clock } from "../clock.ts";
import { cut } from "../cut.ts";
import type { Logger } from "../events/logger.ts";
import { UNKNOWN_METHOD } from "../observe/metrics/methods.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { AnsweredCall } from "../observe/status-page/answered-call.ts";
import type { MethodCall } from "./method.ts";
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
>;

/** One call and its one reply. */
export interface Exchange {
  readonly answered: boolean;
  /** What it is counted under: its method, as long as there is such a one. */
  readonly label: string;
  /** Its lines carry method and request id. */
  readonly logger: Logger;
  /** When the call arrived, on the clock. */
  readonly arrived: number;
  /**
   * Sends, counts and logs the first answer; counts and logs any further one, and drops it.
   * @param thrown what its handler threw, if that is a fault of the handler's: for the log
   */
  answer(reply: Reply, thrown?: { readonly error: unknown }): void;
  /** Counts and logs an answer that comes too late to be one. */
  drop(reply: Pick<Reply, "status" | "outcome">): void;
}

export interface ExchangeOptions {
  readonly call: MethodCall;
  /** Asked whenever the call is counted: its method may go while it runs, and its series with it. */
  isMethod(name: string): boolean;
  /** Whose method it is. */
  readonly plugin?: string | undefined;
  readonly logger: Logger;
  readonly metrics: MethodInstruments;
  readonly clock: Clock;
  onAnswered(): void;
  /** Whoever keeps figures; must not throw. */
  readonly tell?: ((answered: AnsweredCall) => void) | undefined;
}

/** Sees to it that a call is answered exactly once, and that whoever watches learns how. */
export function openExchange({
  call,
  isMethod,
  metrics,
  clock,
  onAnswered,
  tell,
  ...options
}: ExchangeOptions): Exchange {
  const arrived = clock.now();
  let answered = false;
  let logger: Logger | undefined;
  metrics.methodsInFlight.inc();
  metrics.methodPayload.observe({ direction: "request" }, call.payload.length);

  function lost(): void {
    metrics.lostReplies.inc({ method: exchange.label });
    exchange.logger.warn(
      { event: "call.reply-lost" },
      "the reply is lost: no link to the hub could take it in time",
    );
  }

  function send(status: number, body: string): void {
    try {
      call.reply(status, body, lost);
    } catch (error) {
      exchange.logger.error(
        { event: "call.reply-failed", err: error },
        "the link failed while it took the reply",
      );
      lost();
    }
  }

  function tellFailure(
    line: { readonly event: "call.failed"; readonly reply: string },
    thrown: { readonly error: unknown } | undefined,
  ): void {
    if (thrown === undefined) exchange.logger.warn(line, "answered with an error");
    else exchange.logger.error({ ...line, err: thrown.error }, "the handler failed");
  }

  const exchange: Exchange = {
    arrived,
    get label() {
      return isMethod(call.methodName) ? call.methodName : UNKNOWN_METHOD;
    },
    get answered() {
      return answered;
    },
    get logger() {
      // Made when first asked for: a child costs more than most calls need.
      logger ??= options.logger.child({
        ...(options.plugin === undefined ? {} : { plugin: options.plugin }),
        method: call.methodName,
        requestId: call.requestId,
      });
      return logger;
    },
    drop({ status, outcome }) {
      metrics.extraReplies.inc({ method: exchange.label });
      exchange.logger.warn(
        { event: "call.answered-twice", status, outcome },
        "the call was answered already; this answer is dropped",
      );
    },
    answer(reply, thrown) {
      if (answered) return exchange.drop(reply);
      const { status, body, outcome } = reply;
      const { label } = exchange;
      answered = true;
      send(status, body);
      const milliseconds = clock.now() - arrived;
      metrics.methodsInFlight.dec();
      metrics.methodCalls.inc({ method: label, outcome });
      metrics.methodDuration.observe({ method: label }, milliseconds / 1000);
      metrics.methodPayload.observe({ direction: "reply" }, Buffer.byteLength(body));
      const facts = { status, outcome, ms: Math.round(milliseconds * 1000) / 1000 };
      if (outcome === "ok") exchange.logger.info({ event: "call.answered", ...facts }, "answered");
      else tellFailure({ event: "call.failed", ...facts, reply: cut(body, EXCERPT) }, thrown);
      onAnswered();
      tell?.({ call, label, status, outcome, body, milliseconds });
    },
  };
  return exchange;
}
