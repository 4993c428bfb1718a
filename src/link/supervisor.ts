import type { Clock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import type { BackoffPolicy } from "./backoff.ts";
import { closedByOtherSide, createConflictWatch } from "./conflict.ts";
import { CONFLICT, classifyFailure, type Failure, type RawFailure } from "./failure.ts";
import { type HubSession, SessionFailure } from "./hub-session.ts";
import { createLinkLog } from "./link-log.ts";
import { createPatienceCounter } from "./patience.ts";
import { createTurns, type Wake } from "./turns.ts";

/**
 * - `stopped`: before start, and after stop;
 * - `connecting`: a session is being made; up to the hub's SUBACK;
 * - `online`: calls arrive;
 * - `waiting`: for the next attempt;
 * - `closing`: a session that ended is being cleared away, or is ended because we stop.
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
  /** The hub has proved that it sends this device its calls: by the SUBACK of a session, or of a check. */
  checked(): void;
}

/** Durations in milliseconds. */
export interface SupervisorOptions {
  openSession(options: { generation: number; signal: AbortSignal }): Promise<HubSession>;
  readonly backoff: BackoffPolicy;
  /** Failures are forgotten only after a session has been online for this long. */
  readonly stableAfter: number;
  /** Told each session once, when it has become the current one. */
  readonly onOnline?: ((session: HubSession) => void) | undefined;
  /** The age at which a session is replaced, before its token has to be renewed; Infinity for never. */
  renewAfter(session: HubSession): number;
  /** Resolves when no call is in flight or its patience is over: a session is not replaced under a call. */
  settled(): Promise<void>;
  /** Looks closer at a failed attempt: it may turn out to be of another class. */
  diagnose?(failure: Failure): Promise<Failure>;
  /** What else may be tried at once after this failure: "the secondary key"; undefined if nothing. */
  another?(failure: Failure): string | undefined;
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
  /** Ends a wait; replaces a session (`identity`), or has it checked (`clock`). */
  wake(why: Wake): void;
  /** Ends the session and the loop; resolves when both are over. */
  stop(): Promise<void>;
}

/** What was suspected of another client with our identity is forgotten after a session of so many stable times. */
const CALM = 10;

/** Keeps one session to the hub alive, one after the other, until it is told to stop. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, random, logger, observer, stableAfter } = options;
  const stopping = new AbortController();
  const patience = createPatienceCounter(options.backoff, random);
  const conflict = createConflictWatch({ stableAfter, calmAfter: CALM * stableAfter });
  const log = createLinkLog({ logger, clock });
  const turns = createTurns({ clock, stop: stopping.signal });
  /** Sessions that were replaced, while they are cleared away. */
  const leaving = new Set<Promise<void>>();
  let state: LinkState = "stopped";
  let generation = 0;
  let failedInARow = 0;
  let current: HubSession | undefined;
  let lastFailure: Failure | undefined;
  let loop: Promise<void> | undefined;

  const enter = (next: LinkState): void => {
    if (next === state) return;
    state = next;
    observer.stateChanged(next);
  };

  async function run(): Promise<void> {
    let session: HubSession | undefined;
    while (!stopping.signal.aborted) {
      try {
        session = session === undefined ? await attempt() : await serve(session);
      } catch (error) {
        session = undefined;
        await recover(error);
      }
    }
    if (session !== undefined) await serve(session);
    await Promise.all(leaving);
    enter("stopped");
  }

  /** A fault of ours must not be the end of "for ever": it costs a session, and the next one is made. */
  async function recover(error: unknown): Promise<void> {
    logger.error({ event: "link.fault", err: error, generation }, "a fault in the link; it starts afresh");
    const session = current;
    current = undefined;
    await session?.close();
    await pause(classifyFailure({ phase: "dialing", error }));
  }

  /** One attempt to get online, and the wait after it if it failed. */
  async function attempt(): Promise<HubSession | undefined> {
    enter("connecting");
    const opened = await open();
    if ("session" in opened) return opened.session;
    if (stopping.signal.aborted) return undefined;
    const failure = await whyFailed(opened.failure);
    const other = stopping.signal.aborted ? undefined : options.another?.(failure);
    if (other === undefined) await pause(failure);
    else {
      lastFailure = failure;
      observer.failed(failure);
      log.tryingAnother(failure, other);
    }
    return undefined;
  }

  async function open(): Promise<{ session: HubSession } | { failure: RawFailure }> {
    generation += 1;
    try {
      const session = await options.openSession({ generation, signal: stopping.signal });
      observer.attempted("online");
      return { session };
    } catch (error) {
      if (!stopping.signal.aborted) observer.attempted("failed");
      if (error instanceof SessionFailure) return { failure: error.failure };
      logger.error(
        { event: "link.fault", err: error, generation },
        "an attempt failed in a way that was not foreseen",
      );
      return { failure: { phase: "dialing", error } };
    }
  }

  async function whyFailed(raw: RawFailure): Promise<Failure> {
    if (closedByOtherSide(raw)) {
      const isConflict = conflict.ended({ failure: raw, onlineFor: 0, failedBefore: failedInARow });
      return isConflict ? CONFLICT : classifyFailure(raw);
    }
    failedInARow += 1;
    return diagnosed(raw);
  }

  /** It may take its time, and the stop does not wait for it. */
  async function diagnosed(raw: RawFailure): Promise<Failure> {
    const failure = classifyFailure(raw);
    let found = failure;
    const looked = options.diagnose?.(failure).then(
      (closer) => {
        found = closer;
      },
      (error: unknown) =>
        logger.error({ event: "link.fault", err: error }, "a failure could not be looked into"),
    );
    if (looked === undefined) return found;
    const turn = await turns.next({ within: Number.POSITIVE_INFINITY, settled: looked });
    // The wait that follows is the one to be ended.
    if (turn === "identity" || turn === "clock") turns.wake(turn);
    return found;
  }

  /** From the first to the last packet of a session; the session that replaced it, if one did. */
  async function serve(session: HubSession): Promise<HubSession | undefined> {
    const since = clock.now();
    const failedBefore = failedInARow;
    failedInARow = 0;
    let over = false;
    const ended = session.ended.then((failure) => {
      over = true;
      return failure;
    });
    if (current === undefined) log.online(session);
    current = session;
    lastFailure = undefined;
    enter("online");
    observer.checked();
    options.onOnline?.(session);

    let renewAt = since + options.renewAfter(session);
    let cause: Failure | undefined;
    for (;;) {
      const turn = await turns.next({ ended, within: renewAt - clock.now() });
      if (turn === "ended" || turn === "stop") break;
      if (turn === "clock") {
        const during = await turns.next({
          ended,
          within: Number.POSITIVE_INFINITY,
          settled: session.check(),
        });
        if (during === "identity") turns.wake(during);
        continue;
      }
      const outcome = await replace(session, { why: turn, ended, isOver: () => over });
      if ("session" in outcome) return outcome.session;
      if ("over" in outcome) {
        cause = outcome.over;
        break;
      }
      renewAt = clock.now() + outcome.tryAgainIn;
    }

    current = undefined;
    const onlineFor = clock.now() - since;
    if (onlineFor >= stableAfter) patience.forget();
    enter("closing");
    await session.close();
    if (stopping.signal.aborted) return undefined;
    const failure = await ended;
    if (cause === undefined && conflict.ended({ failure, onlineFor, failedBefore })) cause = CONFLICT;
    await pause(cause ?? classifyFailure(failure));
    return undefined;
  }

  /**
   * Makes the next session while this one still serves: the hub ends the older one when the newer logs in.
   * @returns the new one; or that the old one is over and why there is no new one; or when to try again
   */
  async function replace(
    session: HubSession,
    { why, ended, isOver }: { why: "due" | "identity"; ended: Promise<RawFailure>; isOver(): boolean },
  ): Promise<{ session: HubSession } | { tryAgainIn: number } | { over: Failure | undefined }> {
    const settled = options.settled().then(() => session.delivered());
    let turn = await turns.next({ ended, within: Number.POSITIVE_INFINITY, settled });
    // Whatever else happens meanwhile, the session is to be replaced, and calls in flight are still waited for.
    while (turn === "clock" || turn === "identity") {
      turn = await turns.next({ ended, within: Number.POSITIVE_INFINITY, settled });
    }
    if (isOver() || stopping.signal.aborted) return { over: undefined };
    void ended.then(() => {
      if (current === session && state === "online") enter("connecting");
    });
    const opened = await open();
    if ("session" in opened) {
      current = opened.session;
      const closed = session.close().finally(() => leaving.delete(closed));
      leaving.add(closed);
      log.replaced(opened.session, why === "due" ? "its token would have ended" : "its identity has changed");
      patience.forget();
      return opened;
    }
    if (stopping.signal.aborted) return { over: undefined };
    const failure = classifyFailure(opened.failure);
    if (isOver()) return { over: failure };
    const wait = patience.next(failure);
    observer.failed(failure);
    log.notReplaced(failure, wait);
    return { tryAgainIn: wait.delay };
  }

  async function pause(failure: Failure): Promise<void> {
    const wait = patience.next(failure);
    lastFailure = failure;
    observer.failed(failure);
    observer.backoff(wait.delay);
    log.waiting(failure, { ...wait, generation });
    enter("waiting");
    const turn = await turns.next({ within: wait.delay });
    if (turn === "identity" || turn === "clock") patience.forget("unauthorized", "refused");
    observer.backoff(0);
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
    wake: turns.wake,
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
