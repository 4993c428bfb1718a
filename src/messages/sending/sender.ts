import { type Clock, waitAtMost } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { KeptMessage, Outbox } from "../outbox/outbox.ts";
import { type Round, type RoundResult, type SendingSession, startRound } from "./round.ts";
import { createSendingOrder, type SendingOrderOptions } from "./sending-order.ts";
import { createSuspicion } from "./suspicion.ts";

/** Before it tries again on a session that took no messages, as one that is being handed over. */
const RETRY_MS = SECOND;

export interface SenderOptions extends Omit<SendingOrderOptions, "outbox" | "logger"> {
  readonly outbox: Outbox;
  /** How many messages may be on their way at once. */
  readonly inFlight: number;
  readonly metrics: Pick<Metrics, "messages" | "outboxDropped">;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Brings what is in the outbox to the hub, whenever there is a way. */
export interface Sender {
  /**
   * Sends on this session from now on, when those on their way on the one before are settled. It may be told the same one
   * again, which took nothing for a while.
   */
  use(session: SendingSession): void;
  /**
   * Before the link is closed: begins no backlog any more, and resolves when nothing is on its way, or nothing can be;
   * or after so many milliseconds.
   */
  settle(limit: number): Promise<void>;
}

export function createSender(options: SenderOptions): Sender {
  const { outbox, metrics, logger, clock, random } = options;
  const order = createSendingOrder(options);
  const suspicion = createSuspicion();
  let current: SendingSession | undefined;
  let round: Round | undefined;
  let next: { readonly session: SendingSession; readonly wasOffline: boolean } | undefined;
  let isServing = false;
  let settling: (() => void) | undefined;
  let isStopping = false;
  /** Ends a pause. */
  let again = (): void => {};

  outbox.onWaiting((what) => {
    // A disk that comes late: all that it has must not go at once.
    if (what === "backlog" && current !== undefined) order.begin();
    round?.wake();
  });

  /** One after the other: none is sent on a session before those on their way on the last one are settled. */
  async function serveAll(): Promise<void> {
    isServing = true;
    while (next !== undefined) {
      const { session, wasOffline } = next;
      next = undefined;
      await serve(session, wasOffline).catch((error: unknown) => {
        logger.error(
          { event: "outbox.fault", err: error },
          "a fault in the sending of messages; it goes on with the next session",
        );
      });
    }
    isServing = false;
  }

  async function serve(session: SendingSession, wasOffline: boolean): Promise<void> {
    if (wasOffline) order.begin();
    let isAlive = true;
    void session.ended.then(() => {
      isAlive = false;
    });
    while (current === session && !(isStopping && order.draining)) {
      const alone = suspicion.oneByOne;
      if (alone) await session.check();
      if (current !== session) break;
      round = startRound({
        session,
        order,
        window: alone ? 1 : options.inFlight,
        clock,
        delivered,
        impossible,
        fault: (error) =>
          logger.error(
            { event: "outbox.fault", err: error },
            "a fault in the outbox; it is asked again soon",
          ),
        slow: order.slowDown,
        quiet: tellIfQuiet,
      });
      const result = await round.over;
      round = undefined;
      await new Promise(setImmediate); // A session that ends says so after it has refused.
      if (result.why !== "retired") judge(result, { alone, isAlive });
      outbox.putBack();
      tellIfQuiet();
      if (current === session) await pause(session);
    }
  }

  async function pause(session: SendingSession): Promise<void> {
    const retold = new Promise<void>((resolve) => {
      again = resolve;
    });
    await waitAtMost(Promise.race([session.ended, retold]), RETRY_MS * (0.5 + random()), clock);
  }

  function delivered(message: KeptMessage): void {
    outbox.delivered(message);
    suspicion.delivered(message);
    metrics.messages.inc({ direction: "device_to_cloud", outcome: "ok" });
  }

  function impossible(message: KeptMessage): void {
    give(message, "a message is dropped: it is larger than the hub takes");
  }

  /** It would hold up all others. */
  function give(message: KeptMessage, why: string): void {
    outbox.delivered(message);
    metrics.outboxDropped.inc({ reason: "poison" });
    logger.error(
      { event: "outbox.message-refused", messageId: message.messageId, stream: message.stream },
      why,
    );
  }

  /** Why a round ended before all was sent, and what follows from it. */
  function judge(
    { oldest, lost }: RoundResult,
    { alone, isAlive }: { alone: boolean; isAlive: boolean },
  ): void {
    if (oldest === undefined) return;
    metrics.messages.inc({ direction: "device_to_cloud", outcome: "failed" }, lost);
    if (isAlive) return;
    order.slowDown();
    if (suspicion.ended(oldest, { alone, now: clock.now() }))
      give(
        oldest,
        "a message is dropped: the hub ends the connection whenever it is sent, and others wait behind it",
      );
  }

  function tellIfQuiet(): void {
    if ((round?.onTheirWay ?? 0) === 0 && (current === undefined || outbox.waiting === 0 || order.draining))
      settling?.();
  }

  return {
    use(session) {
      if (session === current) return again();
      next = { session, wasOffline: current === undefined || next?.wasOffline === true };
      current = session;
      void session.ended.then(() => {
        if (current === session) current = undefined;
        tellIfQuiet();
      });
      round?.retire();
      if (!isServing) void serveAll();
    },
    async settle(limit) {
      const quiet = Promise.withResolvers<void>();
      settling = quiet.resolve;
      isStopping = true;
      if (order.draining) round?.retire();
      tellIfQuiet();
      await waitAtMost(quiet.promise, limit, clock);
      settling = undefined;
    },
  };
}
