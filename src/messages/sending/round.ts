import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import { isHubhandError } from "../../errors.ts";
import type { KeptMessage } from "../outbox/outbox.ts";
import type { SendingOrder } from "./sending-order.ts";

/** How long the hub may take to acknowledge a message, before it is asked whether it is there at all. */
const PATIENCE_MS = 30 * SECOND;
/** How many are sent in one turn of the event loop, so that direct methods have their turns between. */
const A_TURN = 4;

/** What a connection to the hub has to offer. */
export interface SendingSession {
  /**
   * Resolves when the hub has acknowledged it. Rejects with a HubhandError MESSAGE_TOO_LARGE if no session will ever take
   * it, and with whatever else if this one will not, or does not now.
   */
  sendMessage(message: KeptMessage): Promise<void>;
  /** Ends a session that only seems to be alive; resolves when that is known. Never rejects. */
  check(): Promise<void>;
  /** Resolves when it is over. Whatever was not acknowledged by then has been rejected, or is about to be. */
  readonly ended: Promise<unknown>;
}

/**
 * `ended`: the session; `refused`: it takes no messages for now; `overtaken`: the acknowledgement of one was lost, as
 * those of others behind it came; `retired`: we were told to.
 */
export type RoundEnd = "ended" | "refused" | "overtaken" | "retired";

export interface RoundResult {
  readonly why: RoundEnd;
  /** The first that was sent and not acknowledged. */
  readonly oldest: KeptMessage | undefined;
  /** How many were. */
  readonly lost: number;
}

export interface RoundOptions {
  readonly session: SendingSession;
  readonly order: SendingOrder;
  /** How many may be on their way at once. */
  readonly window: number;
  readonly clock: Clock;
  delivered(message: KeptMessage): void;
  /** No session will ever take it. */
  impossible(message: KeptMessage): void;
  /** The hub takes its time: it may have had enough of us. */
  slow(): void;
  /** The outbox fails: it is tried again, on the next round. */
  fault(error: unknown): void;
  /** Nothing is on its way at the moment. */
  quiet(): void;
}

/** Messages that go out on one session, in order, until one does not get through: those behind it must not pass it. */
export interface Round {
  /** There is something to send, perhaps. */
  wake(): void;
  /** Sends no more; it is over when what is on its way is settled. */
  retire(): void;
  /** How many are on their way. */
  readonly onTheirWay: number;
  /** Resolves when nothing is on its way any more, or nobody can know. */
  readonly over: Promise<RoundResult>;
}

export function startRound({ session, order, window, clock, ...tell }: RoundOptions): Round {
  /** In the order of sending; what was lost stays. */
  const unacknowledged = new Set<KeptMessage>();
  const result = Promise.withResolvers<RoundResult>();
  let onTheirWay = 0;
  /** The one that was the oldest when another was acknowledged. */
  let overtaken: KeptMessage | undefined;
  let stopped: RoundEnd | undefined;
  let isOver = false;
  let hasTurn = false;
  let cancelTimer = (): void => {};
  let stopWaiting = (): void => {};

  function soon(): void {
    if (stopped !== undefined || hasTurn) return;
    hasTurn = true;
    setImmediate(send);
  }

  function send(): void {
    hasTurn = false;
    cancelTimer();
    if (stopped !== undefined || onTheirWay >= window) return;
    const messages = take();
    for (const message of messages) hand(message);
    const wait = messages.length > 0 ? 0 : order.nextIn();
    if (stopped !== undefined || onTheirWay >= window || wait === undefined) return; // An acknowledgement or a new message goes on.
    if (messages.length > 0) soon();
    else cancelTimer = clock.setTimer(Math.max(1, wait), soon);
  }

  function take(): readonly KeptMessage[] {
    try {
      return order.take(Math.min(window - onTheirWay, A_TURN));
    } catch (error) {
      tell.fault(error);
      stop("refused");
      return [];
    }
  }

  function hand(message: KeptMessage): void {
    unacknowledged.add(message);
    onTheirWay += 1;
    if (onTheirWay === 1) waitForOldest();
    const sent = (async () => session.sendMessage(message))(); // What it throws, it rejects with.
    sent.then(
      () => settle(message, "delivered"),
      (error: unknown) => {
        const isImpossible = isHubhandError(error) && error.code === "MESSAGE_TOO_LARGE";
        settle(message, isImpossible ? "impossible" : "lost");
      },
    );
  }

  function settle(message: KeptMessage, outcome: "delivered" | "impossible" | "lost"): void {
    if (isOver) return; // Given up; it was put back, and is sent again.
    onTheirWay -= 1;
    if (outcome === "lost") stop("refused");
    else {
      const [oldest] = unacknowledged;
      unacknowledged.delete(message);
      if (oldest === message) waitForOldest();
      else overtaken = oldest;
      tell[outcome](message);
      soon();
    }
    if (onTheirWay > 0) return;
    stopWaiting();
    if (stopped !== undefined) finish();
    tell.quiet();
  }

  function waitForOldest(): void {
    stopWaiting();
    stopWaiting = clock.setTimer(PATIENCE_MS, async () => {
      const [oldest] = unacknowledged;
      // It ends a session that is dead; the link ends one that is not, and takes messages without a word.
      await session.check();
      const [still] = unacknowledged;
      if (isOver || stopped === "ended" || still === undefined || still !== oldest) return;
      tell.slow();
      if (overtaken !== oldest) return waitForOldest();
      stop("overtaken");
      finish();
    });
  }

  function stop(why: RoundEnd): void {
    stopped ??= why;
    cancelTimer();
    if (onTheirWay === 0) finish();
  }

  function finish(): void {
    if (isOver || stopped === undefined) return;
    isOver = true;
    stopWaiting();
    const [oldest] = unacknowledged;
    result.resolve({ why: stopped, oldest, lost: unacknowledged.size });
  }

  void session.ended.then(() => {
    stopped = "ended";
    cancelTimer();
    // Those on their way are settled in this turn, or never.
    setImmediate(finish);
  });
  soon();

  return {
    wake: soon,
    retire: () => stop("retired"),
    get onTheirWay() {
      return onTheirWay;
    },
    over: result.promise,
  };
}
