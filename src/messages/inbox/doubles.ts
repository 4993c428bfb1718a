import { hash } from "node:crypto";
import type { CloudMessage } from "./cloud-message.ts";
import type { Entry } from "./entry.ts";
import { createReceipts, type Receipt, type Session } from "./receipts.ts";

/**
 * Knows the messages that the hub delivers again, by their id and what they say (a sender may begin to count anew); one
 * without an id is never known.
 */
export interface Doubles {
  /** @returns what is owed for a message that comes; undefined if it was here already, and nothing is to be done */
  look(delivery: {
    message: Pick<CloudMessage, "messageId" | "body">;
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
  const inHand = new Map<string, readonly Entry[]>();
  const receipts = createReceipts();

  return {
    look(delivery) {
      const { message, session } = delivery;
      const { messageId, body } = message;
      const mark = messageId === undefined ? undefined : markOf(messageId, body);
      const receipt = receipts.add({ ...delivery, mark });
      if (messageId === undefined || mark === undefined) return receipt;
      const mayComeAgain = ({ receipt: first, isOverdue }: Entry): boolean =>
        first?.session !== session || isOverdue;
      const entry = inHand.get(messageId)?.find((one) => mayComeAgain(one) && says(one, body));
      if (entry !== undefined) {
        entry.deliveredAgain(receipt);
        return undefined;
      }
      if (!receipts.takeUnsent(mark, session)) return receipt;
      receipt.give();
      return undefined;
    },
    began(entry) {
      const { messageId } = entry.facts;
      if (messageId !== undefined) inHand.set(messageId, [...(inHand.get(messageId) ?? []), entry]);
    },
    ended(entry) {
      const { messageId } = entry.facts;
      if (messageId === undefined) return;
      const others = inHand.get(messageId)?.filter((one) => one !== entry) ?? [];
      if (others.length > 0) inHand.set(messageId, others);
      else inHand.delete(messageId);
    },
  };
}

/** It may be on disk: what it says is looked at only where the ids are the same. */
function says(entry: Entry, body: Uint8Array): boolean {
  const own = entry.load()?.body;
  return own !== undefined && Buffer.compare(own, body) === 0;
}

/** Short, as it is remembered when the message is gone. */
const markOf = (messageId: string, body: Uint8Array): string => `${hash("sha1", body)} ${messageId}`;
