import type { Entry } from "./entry.ts";
import { createReceipts, type Receipt, type Session } from "./receipts.ts";

/** Of so many messages it is remembered that the hub does not know: more than it keeps for a device. */
const MOST_REMEMBERED = 200;

/** Knows the messages that the hub delivers again, by their id; one without is never known. */
export interface Doubles {
  /** @returns what is owed for a message that comes; undefined if it was here already, and nothing is to be done */
  look(delivery: {
    messageId: string | undefined;
    acknowledge(): void;
    session: Session;
  }): Receipt | undefined;
  /** It is in our hands from now on. */
  began(entry: Entry): void;
  /** It is not any more. */
  ended(entry: Entry): void;
}

/**
 * After a session's end the hub delivers again what was not acknowledged (MQTT 3.1.1, 4.4): that must not be handled twice
 * at once, nor once more if only its acknowledgement came too late. In one session, two messages with one id are two.
 */
export function createDoubles(): Doubles {
  const inHand = new Map<string, Entry>();
  /** Handled, and the hub does not know it. */
  const unheard = new Set<string>();
  const receipts = createReceipts({
    onUnsent({ messageId }) {
      if (messageId !== undefined && !inHand.has(messageId)) remember(messageId);
    },
  });

  function remember(messageId: string): void {
    unheard.add(messageId);
    const [oldest] = unheard;
    if (unheard.size > MOST_REMEMBERED && oldest !== undefined) unheard.delete(oldest);
  }

  return {
    look(delivery) {
      const receipt = receipts.add(delivery);
      const { messageId } = delivery;
      if (messageId === undefined) return receipt;
      if (unheard.delete(messageId)) {
        receipt.give();
        return undefined;
      }
      const entry = inHand.get(messageId);
      if (entry === undefined || (entry.receipt?.session === receipt.session && !entry.isOverdue))
        return receipt;
      entry.deliveredAgain(receipt);
      return undefined;
    },
    began(entry) {
      const { messageId } = entry.facts;
      if (messageId !== undefined) inHand.set(messageId, entry);
    },
    ended(entry) {
      const { messageId } = entry.facts;
      if (messageId === undefined) return;
      if (inHand.get(messageId) === entry) inHand.delete(messageId);
      if (entry.isAcknowledged && entry.receipt?.isLost === true) remember(messageId);
    },
  };
}
