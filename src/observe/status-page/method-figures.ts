import type { Clock } from "../../clock.ts";
import { type AnsweredCall, beginningOf, UNKNOWN_METHOD } from "./answered-call.ts";
import { createLatencies, type Latencies } from "./latencies.ts";
import type { MethodSection } from "./snapshot.ts";
import { createTenMinutes, type TenMinutes } from "./ten-minutes.ts";

/** Methods that are not there any more may come back, with their plugin: of so many the figures are kept. */
const MOST_GONE = 50;
const LONGEST_ERROR = 500;

export type Figures = Pick<
  MethodSection,
  "calls" | "errors" | "perMinute" | "p50Ms" | "p95Ms" | "sparkline" | "lastError"
>;

export interface MethodFiguresOptions {
  /** Names of those that there are. */
  methods(): readonly string[];
  readonly clock: Clock;
  redact(text: string): string;
}

export interface MethodFigures {
  add(answered: AnsweredCall): void;
  /** Of one method, or of `_unknown`: all calls of methods that there are not. */
  of(method: string): Figures;
}

interface Kept {
  calls: number;
  errors: number;
  readonly latencies: Latencies;
  readonly tenMinutes: TenMinutes;
  lastError?: {
    readonly at: number;
    readonly status: number;
    readonly outcome: string;
    readonly text: string;
  };
}

/** What each method was asked and how it did since the agent started; some 2 KB for each that was called. */
export function createMethodFigures({ methods, clock, redact }: MethodFiguresOptions): MethodFigures {
  const kept = new Map<string, Kept>();

  function begin(name: string): Kept {
    const figures = { calls: 0, errors: 0, latencies: createLatencies(), tenMinutes: createTenMinutes() };
    kept.set(name, figures);
    forgetSome();
    return figures;
  }

  function forgetSome(): void {
    if (kept.size <= MOST_GONE) return;
    const there = new Set([...methods(), UNKNOWN_METHOD]);
    const gone = [...kept.keys()].filter((name) => !there.has(name));
    for (const name of gone.slice(0, Math.max(0, gone.length - MOST_GONE))) kept.delete(name);
  }

  return {
    add({ label, status, outcome, body, milliseconds }) {
      const figures = kept.get(label) ?? begin(label);
      figures.calls += 1;
      figures.latencies.add(milliseconds);
      figures.tenMinutes.add(clock.now(), milliseconds);
      if (outcome === "ok") return;
      figures.errors += 1;
      figures.lastError = {
        at: clock.wallClock(),
        status,
        outcome,
        text: beginningOf(body.length > LONGEST_ERROR ? messageIn(body) : body, LONGEST_ERROR, redact),
      };
    },
    of(name) {
      const figures = kept.get(name);
      if (figures === undefined) return NONE;
      const { calls, errors, latencies, tenMinutes, lastError } = figures;
      const now = clock.now();
      const [p50Ms, p95Ms] = [latencies.percentile(50), latencies.percentile(95)];
      return {
        calls,
        errors,
        perMinute: tenMinutes.perMinute(now),
        ...(p50Ms === undefined ? {} : { p50Ms }),
        ...(p95Ms === undefined ? {} : { p95Ms }),
        sparkline: tenMinutes.slowest(now),
        ...(lastError === undefined ? {} : { lastError: told(lastError) }),
      };
    },
  };
}

/** Of all that were not called. */
const NONE: Figures = { calls: 0, errors: 0, perMinute: 0, sparkline: Array(60).fill(null) };

type LastError = NonNullable<Figures["lastError"]>;

function told({ at, status, outcome, text }: NonNullable<Kept["lastError"]>): LastError {
  return { at: new Date(at).toISOString(), status, outcome, text: messageIn(text) };
}

/** What the agent or a handler says in an error of hubhand's form; else all that it says. */
function messageIn(body: string): string {
  try {
    const { error } = (JSON.parse(body) ?? {}) as { error?: { message?: unknown } };
    return typeof error?.message === "string" ? error.message : body;
  } catch {
    return body;
  }
}
