import { asBuffer } from "../../as-buffer.ts";
import type { Clock } from "../../clock.ts";
import { KIBIBYTE } from "../../sizes.ts";
import { type AnsweredCall, beginningOf } from "./answered-call.ts";
import type { RecentCall } from "./snapshot.ts";

const MOST_CALLS = 100;
/** Names and request ids are the caller's, and may be of any length. */
const LONGEST_NAME = 200;
const LONGEST_PAYLOAD = 2 * KIBIBYTE;

export interface RecentCallsOptions {
  /** Whether what was asked and answered is kept too. */
  readonly payloads: boolean;
  readonly clock: Clock;
  redact(text: string): string;
}

export interface RecentCalls {
  add(answered: AnsweredCall): void;
  /** The latest first. */
  list(): RecentCall[];
}

/** With its time as the clock says it: it is written out when somebody looks. */
type Kept = Omit<RecentCall, "at"> & { readonly at: number };

/** The latest calls. What is kept of one is bounded; what can wait is done when somebody looks. */
export function createRecentCalls({ payloads, clock, redact }: RecentCallsOptions): RecentCalls {
  const ring: Kept[] = [];
  let next = 0;

  const texts = ({ call, body }: AnsweredCall): Pick<Kept, "request" | "reply"> => ({
    request: beginningOf(asBuffer(call.payload).toString(), LONGEST_PAYLOAD, redact),
    reply: beginningOf(body, LONGEST_PAYLOAD, redact),
  });

  return {
    add(answered) {
      const { call, status, outcome, milliseconds } = answered;
      ring[next] = {
        at: clock.wallClock(),
        method: beginningOf(call.methodName, LONGEST_NAME, redact),
        requestId: beginningOf(call.requestId, LONGEST_NAME, redact),
        status,
        outcome,
        ms: milliseconds,
        ...(payloads ? texts(answered) : undefined),
      };
      next = (next + 1) % MOST_CALLS;
    },
    list() {
      const oldestFirst = [...ring.slice(next), ...ring.slice(0, next)];
      return oldestFirst
        .reverse()
        .map(({ at, ms, ...rest }) => ({ at: new Date(at).toISOString(), ...rest, ms: rounded(ms) }));
    },
  };
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;
