import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { StandingFault } from "../faults/table.ts";
import { type CallVerdict, callVerdict } from "../faults/verdicts.ts";
import { HubError } from "../hub-error.ts";
import type { Answer } from "../service-face/answers.ts";
import { readBody } from "../service-face/body.ts";
import { FAULTS_PATH } from "../service-face/routing.ts";
import { clientIdOfPath, type Occasion } from "./moments.ts";

const RETRY_AFTER_MS = 1000;

/** What answers a request, seen from its wire. */
export interface CallOptions {
  request: IncomingMessage;
  /** Aborted when the caller has gone. */
  signal: AbortSignal;
  /** Does what was asked; never rejects. `read` is told of the body. */
  serve: (read: (body: Buffer) => void) => Promise<Answer>;
  /** The service's answer to an error. */
  refuse: (error: HubError) => Answer;
}

/** What looks at a call, and meddles with it. */
export interface CallHooks {
  strike: (occasion: Occasion) => StandingFault | undefined;
  onRequest: (call: SeenCall & { body: Buffer | undefined }) => void;
  onAnswer: (call: SeenCall & { answer: Answer; durationMs: number }) => void;
}

export interface SeenCall {
  request: IncomingMessage;
  method: string;
  clientId: string | undefined;
}

/** The answer that is sent, half of it if it is `cut`; undefined if there is none. */
export type CallOutcome = { answer: Answer; cut: boolean } | undefined;

export async function throughWire(options: CallOptions, hooks: CallHooks): Promise<CallOutcome> {
  const { request, signal } = options;
  const method = request.method ?? "GET";
  const [path = "/"] = (request.url ?? "/").split("?");
  const clientId = clientIdOfPath(path);
  const seen = { request, method, clientId };
  const started = performance.now();
  const who = clientId === undefined ? {} : { clientId };
  const verdictAt = (step: "rest-request" | "rest-answer") => {
    // How would anyone take back a fault that strikes the taking back?
    if (path.startsWith(FAULTS_PATH)) return undefined;
    const by = hooks.strike({ place: "rest", step, method, path, ...who });
    return by && { by, verdict: callVerdict(by) };
  };

  let isTold = false;
  const told = (body?: Buffer) => {
    if (isTold) return;
    isTold = true;
    hooks.onRequest({ ...seen, body });
  };

  const first = verdictAt("rest-request");
  let answer: Answer;
  if (first?.verdict.do === "answer-error") {
    // Read, so that the connection may go on; refused as the service does, whatever was asked.
    await readBody(request).then(told, () => {});
    answer = options.refuse(errorOf(first.verdict));
  } else {
    if (first && !(await goesOn(first))) return undefined;
    answer = await options.serve(told);
  }
  told();

  const last = verdictAt("rest-answer");
  let cut = false;
  if (last?.verdict.do === "answer-error") answer = options.refuse(errorOf(last.verdict));
  else if (last?.verdict.do === "drop" && last.verdict.middle) cut = true;
  else if (last && !(await goesOn(last))) return undefined;
  hooks.onAnswer({ ...seen, answer, durationMs: Math.round(performance.now() - started) });
  return { answer, cut };

  /** Whether there is still someone to answer after what befell the call. */
  async function goesOn({ by, verdict }: { by: StandingFault; verdict: CallVerdict }): Promise<boolean> {
    switch (verdict.do) {
      case "drop":
        request.socket.destroy();
        return false;
      case "delay":
        await sleep(verdict.ms, undefined, { signal }).catch(() => {});
        break;
      case "stall":
        await Promise.race([by.over, gone(signal)]);
    }
    return !signal.aborted;
  }
}

function errorOf({ code, message }: CallVerdict & { do: "answer-error" }): HubError {
  // Throttled, a caller is told when to try again.
  return new HubError(code, message, code === "ThrottlingException" ? { retryAfterMs: RETRY_AFTER_MS } : {});
}

function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
