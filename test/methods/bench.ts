import { createDispatcher, type Dispatcher } from "../../src/methods/dispatcher.ts";
import { createJobs, type JobLimits, type Jobs } from "../../src/methods/jobs/jobs.ts";
import { forgetfulStore, type JobStore } from "../../src/methods/jobs/store.ts";
import type { Handler, Method } from "../../src/methods/method.ts";
import { createMethodRegistry, type MethodRegistry } from "../../src/methods/registry.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics/metrics.ts";
import { createLogBook, type LogBook } from "../support/agent/log-lines.ts";
import { createFakeClock, type FakeClock } from "../support/time/fake-clock.ts";

export interface SeenReply {
  readonly status: number;
  /** Parsed. */
  readonly body: unknown;
  readonly text: string;
}

/** A call as its caller sees it. */
export interface PlacedCall {
  readonly requestId: string;
  /** All that came back; must be one. */
  readonly replies: readonly SeenReply[];
  /** Resolves with the first. */
  readonly reply: Promise<SeenReply>;
}

/** The real dispatcher and registry, metrics and log, on a link that only remembers. */
export interface Bench {
  readonly dispatcher: Dispatcher;
  /** On disk if the bench was given a folder. */
  readonly jobs: Jobs;
  readonly registry: MethodRegistry;
  readonly metrics: Metrics;
  readonly clock: FakeClock;
  readonly log: LogBook;
  /** Declares a method; 16 at once, 64 in the queue, 30 s unless told otherwise. */
  define(name: string, handler: Handler, options?: Partial<Method>): void;
  /** Calls it; bytes and texts go as they are, all else as JSON. */
  call(name: string, payload?: unknown): PlacedCall;
  /** What the link does when it is given a reply. */
  link: (lost: () => void) => void;
}

export interface BenchOptions extends Partial<JobLimits> {
  readonly store?: JobStore;
}

export async function createBench({ store = forgetfulStore, ...limits }: BenchOptions = {}): Promise<Bench> {
  const clock = createFakeClock();
  const log = await createLogBook();
  const registry = createMethodRegistry();
  const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
  const jobs = createJobs({
    concurrency: 16,
    kept: 200,
    keptFor: 604_800_000,
    longest: null,
    ...limits,
    store,
    metrics,
    logger: log.logger,
    clock,
  });
  const dispatcher = createDispatcher({ registry, metrics, logger: log.logger, clock, jobs });
  let calls = 0;

  const bench: Bench = {
    dispatcher,
    jobs,
    registry,
    metrics,
    clock,
    log,
    link: () => {},
    define(name, handler, options = {}) {
      registry.add([method(name, handler, options)]);
    },
    call(name, payload = "") {
      calls += 1;
      const requestId = String(calls);
      const replies: SeenReply[] = [];
      const first = Promise.withResolvers<SeenReply>();
      dispatcher.dispatch({
        requestId,
        methodName: name,
        payload: bytesOf(payload),
        reply(status, text, lost) {
          const seen = { status, text, body: JSON.parse(text) as unknown };
          replies.push(seen);
          first.resolve(seen);
          bench.link(lost);
        },
      });
      return { requestId, replies, reply: first.promise };
    },
  };
  return bench;
}

/** A method with the limits that the configuration has by default. */
export function method(name: string, handler: Handler, options: Partial<Method> = {}): Method {
  return { name, plugin: "test", timeout: 30_000, concurrency: 16, queue: 64, handler, ...options };
}

/** Lets everything run that is due now: promises, and what they start. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The body of an error reply of the agent's own. */
export const errorOf = (reply: SeenReply) =>
  (reply.body as { error: { code: string; message: string; details?: unknown } }).error;

function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  return new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload));
}
