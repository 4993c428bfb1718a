import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { type BackoffPolicy, backoffDelay, boundsOf, type Patience, patienceFor } from "./backoff.ts";
import { classifyFailure, type Failure, type RawFailure } from "./failure.ts";
import { type HubSession, SessionFailure } from "./hub-session.ts";

/**
 * - `stopped`: before start, and after stop;
 * - `connecting`: a session is being made; up to the hub's SUBACK;
 * - `online`: calls arrive;
 * - `waiting`: for the next attempt;
 * - `closing`: a session is being ended, to be replaced or because we stop.
 */
export type LinkState = "stopped" | "connecting" | "online" | "waiting" | "closing";

export const LINK_STATES: readonly LinkState[] = ["stopped", "connecting", "online", "waiting", "closing"];

/** What the supervisor tells as it goes; each is told once. */
export interface LinkObserver {
  stateChanged(state: LinkState): void;
  /** An attempt came online, or failed. */
  attempted(outcome: "online" | "failed"): void;
  failed(failure: Failure): void;
  backoff(milliseconds: number): void;
}

/** Durations in milliseconds. */
export interface SupervisorOptions {
  openSession(options: { generation: number; signal: AbortSignal }): Promise<HubSession>;
  readonly backoff: BackoffPolicy;
  /** Failures are forgotten only after a session has been online for this long. */
  readonly stableAfter: number;
  /** The age at which a session is replaced, before its token has to be renewed; asked for each. */
  renewAfter(): number;
  /** Resolves when no call is in flight or its patience is over: a session is not replaced under a call. */
  settled(): Promise<void>;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly observer: LinkObserver;
}

export interface Supervisor {
  readonly state: LinkState;
  /** The session that is online now. */
  readonly current: HubSession | undefined;
  /** Why the last session ended or could not be made; undefined while online. */
  readonly lastFailure: Failure | undefined;
  /** Starts the loop that makes sessions for ever; returns at once. */
  start(): void;
  /** Ends the session and the loop; resolves when both are over. */
  stop(): Promise<void>;
}

/** Keeps one session to the hub alive, one after the other, until it is told to stop. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { backoff, clock, random, logger, observer } = options;
  const stopping = new AbortController();
  const attempts = new Map<Patience, number>();
  let state: LinkState = "stopped";
  let generation = 0;
  let current: HubSession | undefined;
  let lastFailure: Failure | undefined;
  let loop: Promise<void> | undefined;

  const enter = (next: LinkState): void => {
    state = next;
    observer.stateChanged(next);
  };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      generation += 1;
      enter("connecting");
      const ended = await oneSession().catch(broken);
      if (stopping.signal.aborted) break;
      if (ended !== "renew") await pause(ended);
    }
    enter("stopped");
  }

  /** A fault of ours must not be the end of "for ever": it costs a session, and the next one is made. */
  async function broken(error: unknown): Promise<RawFailure> {
    logger.error({ err: error, generation }, "a fault in the link; it starts afresh");
    const session = current;
    current = undefined;
    await session?.close();
    return { phase: "dialing", error };
  }

  /** One session from first to last packet; what ended it, or "renew" if we did. */
  async function oneSession(): Promise<RawFailure | "renew"> {
    let session: HubSession;
    try {
      session = await options.openSession({ generation, signal: stopping.signal });
    } catch (error) {
      observer.attempted("failed");
      return error instanceof SessionFailure ? error.failure : { phase: "dialing", error };
    }
    observer.attempted("online");
    const onlineSince = clock.now();
    current = session;
    lastFailure = undefined;
    logger.info({ state: "online", generation }, "online: direct methods arrive");
    enter("online");
    const ended = await Promise.race([
      session.ended,
      until(options.renewAfter(), session).then(() => "renew" as const),
    ]);
    if (ended === "renew" && !stopping.signal.aborted) await Promise.race([options.settled(), session.ended]);
    current = undefined;
    if (clock.now() - onlineSince >= options.stableAfter) attempts.clear();
    enter("closing");
    await session.close();
    if (ended === "renew" && !stopping.signal.aborted) {
      logger.info({ generation }, "the session is replaced before its token ends");
    }
    return ended;
  }

  async function pause(raw: RawFailure): Promise<void> {
    const failure = classifyFailure(raw);
    const patience = patienceFor(failure.class);
    const attempt = attempts.get(patience) ?? 0;
    attempts.set(patience, attempt + 1);
    const delay = backoffDelay(boundsOf(backoff, patience), attempt, random());
    lastFailure = failure;
    observer.failed(failure);
    observer.backoff(delay);
    logger.warn(
      {
        state: "waiting",
        class: failure.class,
        reason: failure.reason,
        attempt: attempt + 1,
        retryInMs: delay,
        generation,
      },
      `offline: ${failure.message}`,
    );
    enter("waiting");
    await until(delay);
    observer.backoff(0);
  }

  /** Resolves after a time, or as soon as we stop, or as soon as the session is over. */
  function until(milliseconds: number, session?: HubSession): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        stopping.signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.setTimer(milliseconds, done);
      stopping.signal.addEventListener("abort", done);
      session?.ended.then(done);
      if (stopping.signal.aborted) done();
    });
  }

  return {
    get state() {
      return state;
    },
    get current() {
      return current;
    },
    get lastFailure() {
      return lastFailure;
    },
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
