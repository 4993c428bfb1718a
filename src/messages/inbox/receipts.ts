/** The session in which a message came. */
export interface Session {
  /** Resolves or rejects when nothing can be sent in it any more. */
  readonly ended: Promise<unknown>;
}

/** The acknowledgement that is owed for one delivery of a message. */
export interface Receipt {
  readonly messageId: string | undefined;
  readonly session: Session;
  /** Tells the hub; does nothing the second time. */
  give(): void;
  readonly isGiven: boolean;
  /** The session has ended, and the hub was not told before. */
  readonly isLost: boolean;
}

export interface Receipts {
  /** To be called for each message that comes, in the order in which they come. */
  add(delivery: { messageId: string | undefined; acknowledge(): void; session: Session }): Receipt;
}

interface Owed {
  /** Those that the session has not sent yet. */
  readonly order: Receipt[];
  isOver: boolean;
}

/**
 * Knows which acknowledgements have gone out: a session sends them in the order of the messages (MQTT 3.1.1, 4.6), so that
 * one that is not given holds back those behind it, and the session's end takes them.
 * @param onUnsent told those that were given and could not be sent, at their session's end
 */
export function createReceipts({ onUnsent }: { onUnsent(receipt: Receipt): void }): Receipts {
  const bySession = new WeakMap<Session, Owed>();

  function owedIn(session: Session): Owed {
    const known = bySession.get(session);
    if (known !== undefined) return known;
    const owed: Owed = { order: [], isOver: false };
    bySession.set(session, owed);
    const end = (): void => {
      owed.isOver = true;
      for (const receipt of owed.order) if (receipt.isGiven) onUnsent(receipt);
    };
    session.ended.then(end, end);
    return owed;
  }

  return {
    add({ messageId, acknowledge, session }) {
      const owed = owedIn(session);
      let isGiven = false;
      const receipt: Receipt = {
        messageId,
        session,
        get isGiven() {
          return isGiven;
        },
        get isLost() {
          return owed.isOver && owed.order.includes(receipt);
        },
        give() {
          if (isGiven) return;
          isGiven = true;
          acknowledge();
          if (!owed.isOver) while (owed.order[0]?.isGiven === true) owed.order.shift();
        },
      };
      owed.order.push(receipt);
      return receipt;
    },
  };
}
