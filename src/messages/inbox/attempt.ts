import type { Clock } from "../../clock.ts";
import { isHubhandError, messageOf } from "../../errors.ts";
import { forAuthor, type Logger } from "../../events/logger.ts";
import { readBody } from "./body.ts";
import type { CloudMessage } from "./cloud-message.ts";
import type { Delivery } from "./handler.ts";
import type { RegisteredHandler } from "./registry.ts";

/**
 * How an attempt ended. `down`: there is nothing yet that could handle it, which is no attempt. `invalid`: it never will
 * be. `stopped`: the agent did not wait for it.
 */
export type AttemptOutcome = "ok" | "failed" | "timed_out" | "invalid" | "down" | "stopped";

export interface AttemptOptions {
  readonly handler: RegisteredHandler;
  readonly message: CloudMessage;
  readonly attempt: number;
  /** Fires when the agent waits no longer. */
  readonly stop: AbortSignal;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Hands a message to its handler once, and sees it ended in time. Tells in the log why it failed. Never rejects. */
export async function attemptOnce(options: AttemptOptions): Promise<AttemptOutcome> {
  const { handler, message, attempt, stop, logger, clock } = options;
  const { name, timeout } = handler;
  const { body: _, ...facts } = message;
  const parsed = readBody(message);
  const problem = "problem" in parsed ? parsed.problem : undefined;
  if (problem !== undefined) return invalid(problem);
  const payload = "value" in parsed ? parsed.value : null;

  const abort = new AbortController();
  const over = Promise.withResolvers<AttemptOutcome>();
  const give = (outcome: AttemptOutcome, reason: Error): void => {
    over.resolve(outcome);
    abort.abort(reason);
  };
  const onStop = (): void => give("stopped", new Error("the agent is stopping"));
  let cancelTimer = (): void => {};
  try {
    const fault = misfit(handler, payload);
    if (fault !== undefined) return invalid(fault);
    if (stop.aborted) return "stopped";
    cancelTimer = clock.setTimer(timeout, () =>
      give("timed_out", new Error(`messages ${name} are over their ${timeout} ms`)),
    );
    stop.addEventListener("abort", onStop, { once: true });
    const delivery: Delivery = {
      name,
      payload,
      message: facts,
      attempt,
      timeout,
      signal: abort.signal,
      logger: forAuthor(logger),
    };
    const outcome = await Promise.race([handled(delivery), over.promise]);
    if (outcome === "timed_out")
      logger.error({ event: "inbox.timed-out", timeoutMs: timeout }, "the handler is over its time");
    return outcome;
  } catch (error) {
    return failure(error);
  } finally {
    cancelTimer();
    stop.removeEventListener("abort", onStop);
  }

  async function handled(delivery: Delivery): Promise<AttemptOutcome> {
    try {
      await handler.handle(delivery);
      return "ok";
    } catch (error) {
      // Whatever it says when it is given up is only the echo of that.
      if (abort.signal.aborted) return over.promise;
      return failure(error);
    }
  }

  /** No values, and no message of the schema's: it may quote what the payload holds. */
  function invalid({ path, rule }: { path: string; rule: string }): "invalid" {
    logger.warn(
      { event: "inbox.invalid", path, rule },
      "the message does not fit its handler's schema, or cannot be read; it is thrown away",
    );
    return "invalid";
  }

  function failure(error: unknown): AttemptOutcome {
    if (isHubhandError(error) && (error.code === "PLUGIN_DOWN" || error.code === "METHOD_BUSY")) {
      logger.debug(
        { event: "inbox.handler-busy", problem: messageOf(error) },
        "the handler cannot take the message for now",
      );
      return "down";
    }
    logger.error({ event: "inbox.handler-failed", err: error }, "the handler failed");
    return "failed";
  }
}

/** Bytes fit no schema: what JSON Schema says of them, it says of their numbers. */
function misfit({ schema, validate }: RegisteredHandler, payload: unknown) {
  if (schema === undefined || schema === true) return undefined;
  if (payload instanceof Uint8Array) return { path: "", rule: "json" };
  return validate(payload);
}
