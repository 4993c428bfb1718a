import type { Clock } from "../clock.ts";
import { SECOND } from "../durations.ts";
import type { KeptMessage } from "./outbox/outbox.ts";
import type { SendingOrder } from "./sending-order.ts";

/** How long the hub may take to acknowledge anything at all. It holds back what is over its limits, for a while. */
const SILENCE_MS = 30 * SECOND;
/** How many are sent in one turn of the event loop, so that direct methods have their turns between. */
const A_TURN = 4;

/** What a connection to the hub has to offer. */
export interface SendingSession {
  /** Resolves when the hub has acknowledged it; rejects if it will not on this session, or cannot be sent now. */
  sendMessage(message: KeptMessage): Promise<void>;
  /** Ends a session that only seems to be alive; resolves when that is known. Never rejects. */
  check(): Promise<void>;
  /** Resolves when it is over. Whatever was not acknowledged by then has been rejected, or is about to be. */
  readonly ended: Promise<unknown>;
}

/**
 * `ended`: the session; `refused`: it takes no messages for now; `silent`: the hub acknowledges none of those that it
 * was sent; `retired`: we were told to.
 */
export type RoundEnd = "ended" | "refused" | "silent" | "retired";

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
  let acknowledged = 0;
  let stopped: RoundEnd | undefined;
  let isOver = false;
  let hasTurn = false;
  let cancelTimer = (): void => {};
  let cancelSilence = (): void => {};

  function soon(): void {
    if (stopped !== undefined || hasTurn) return;
    hasTurn = true;
    setImmediate(send);
  }

  function send(): void {
    hasTurn = false;
    cancelTimer();
    if (stopped !== undefined || onTheirWay >= window) return;
    const messages = order.take(Math.min(window - onTheirWay, A_TURN));
    for (const message of messages) hand(message);
    const wait = messages.length > 0 ? 0 : order.nextIn();
    if (onTheirWay >= window || wait === undefined) return; // An acknowledgement or a new message goes on.
    if (messages.length > 0) soon();
    else cancelTimer = clock.setTimer(Math.max(1, wait), soon);
  }

  function hand(message: KeptMessage): void {
    unacknowledged.add(message);
    onTheirWay += 1;
    if (onTheirWay === 1) listenForSilence();
    session.sendMessage(message).then(
      () => settle(message, true),
      () => settle(message, false),
    );
  }

  function settle(message: KeptMessage, isDelivered: boolean): void {
    if (isOver) return; // Given up; it was put back, and is sent again.
    onTheirWay -= 1;
    if (isDelivered) {
      acknowledged += 1;
      unacknowledged.delete(message);
      tell.delivered(message);
      if (onTheirWay > 0) listenForSilence();
      soon();
    } else stop("refused");
    if (onTheirWay > 0) return;
    cancelSilence();
    if (stopped !== undefined) finish();
    tell.quiet();
  }

  function listenForSilence(): void {
    cancelSilence();
    cancelSilence = clock.setTimer(SILENCE_MS, async () => {
      const before = acknowledged;
      // It ends a session that is dead. On one that is not, messages or acknowledgements were lost.
      await session.check();
      if (isOver || stopped === "ended") return;
      if (acknowledged > before) return;
      stop("silent");
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
    cancelSilence();
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
