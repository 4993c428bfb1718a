import { setImmediate as afterTheReply } from "node:timers/promises";
import type { Logger } from "../../events/logger.ts";
import type { Exchange } from "../exchange.ts";
import type { JobWork, Method } from "../method.ts";
import { handlerReply } from "../reply.ts";
import type { Jobs } from "./jobs.ts";

export interface JobAnswerOptions {
  readonly jobs: Pick<Jobs, "open">;
  readonly method: Method;
  readonly requestId: string;
  /** Not answered yet. */
  readonly exchange: Exchange;
  readonly work: JobWork;
}

/** A call that is answered with a job. */
export interface JobAnswer {
  /** What is said from now on is of the job. */
  readonly logger: Logger;
  /** Resolves when the call has its answer. Never rejects. */
  readonly sent: Promise<void>;
  /** Resolves when the job is over, or was never started. Never rejects. */
  readonly over: Promise<void>;
}

/**
 * Answers a call with 202 and the id of a job, and starts its work. The job is on disk before its id is told: whoever
 * knows one may ask for it for ever, whatever happens to the agent meanwhile.
 */
export function answerWithJob({ jobs, method, requestId, exchange, work }: JobAnswerOptions): JobAnswer {
  const opened = jobs.open({
    method: method.name,
    plugin: method.plugin,
    requestId,
    logger: exchange.logger,
  });
  if ("refusal" in opened) {
    exchange.answer(opened.refusal);
    return { logger: exchange.logger, sent: Promise.resolve(), over: Promise.resolve() };
  }
  const { id, logger, kept, abandon, run } = opened;

  async function send(): Promise<boolean> {
    await kept;
    // The call was over its time, or the agent has stopped: somebody has answered.
    if (exchange.answered) {
      abandon();
      exchange.drop({ status: 202, outcome: "ok" });
      return false;
    }
    exchange.answer(handlerReply(202, { jobId: id }));
    return true;
  }

  async function start(sending: Promise<boolean>): Promise<void> {
    if (!(await sending)) return;
    // Work that never lets go of the thread must not hold up its own answer.
    await afterTheReply();
    await run(work);
  }

  const sending = send();
  return { logger, sent: sending.then(() => {}), over: start(sending) };
}
