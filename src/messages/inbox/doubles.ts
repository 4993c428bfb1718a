import type { Entry } from "./entry.ts";
import { createReceipts, type Receipt, type Session } from "./receipts.ts";

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
 * In its next session the hub delivers again what was not acknowledged (MQTT 3.1.1, 4.4): that must not be handled twice
 * at once, nor once more if only its acknowledgement came too late. In one session, two messages with one id are two.
 */
export function createDoubles(): Doubles {
  const inHand = new Map<string, Entry>();
  const receipts = createReceipts();

  return {
    look(delivery) {
      const receipt = receipts.add(delivery);
      const { messageId, session } = delivery;
      if (messageId === undefined) return receipt;
      const entry = inHand.get(messageId);
      if (entry !== undefined && (entry.receipt?.session !== session || entry.isOverdue)) {
        entry.deliveredAgain(receipt);
        return undefined;
      }
      if (!receipts.takeUnsent(messageId, session)) return receipt;
      receipt.give();
      return undefined;
    },
    began(entry) {
      const { messageId } = entry.facts;
      if (messageId !== undefined) inHand.set(messageId, entry);
    },
    ended(entry) {
      const { messageId } = entry.facts;
      if (messageId !== undefined && inHand.get(messageId) === entry) inHand.delete(messageId);
    },
  };
}
