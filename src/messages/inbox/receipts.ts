/** The session in which a message came. */
export interface Session {
  /** Resolves or rejects when nothing can be sent in it any more. */
  readonly ended: Promise<unknown>;
}

/** The acknowledgement that is owed for one delivery of a message. */
export interface Receipt {
  readonly mark: string | undefined;
  readonly session: Session;
  /** Tells the hub; does nothing the second time. */
  give(): void;
  readonly isGiven: boolean;
}

export interface Receipts {
  /** To be called for each message that comes, in the order in which they come. */
  add(delivery: { mark: string | undefined; acknowledge(): void; session: Session }): Receipt;
  /**
   * Whether a message of this mark was acknowledged in another session than this, and the hub has not heard of it; told
   * once.
   */
  takeUnsent(mark: string, session: Session): boolean;
}

/** Of so many it is remembered that the hub does not know of them: more than it keeps for a device. */
const MOST_REMEMBERED = 200;

interface Owed {
  /** Those that the session has not sent yet. */
  readonly order: Receipt[];
  isOver: boolean;
}

/**
 * Knows which acknowledgements have gone out: a session sends them in the order of the messages (MQTT 3.1.1, 4.6), so that
 * one that is not given holds back those behind it, and the session's end takes them.
 */
export function createReceipts(): Receipts {
  const bySession = new WeakMap<Session, Owed>();
  /** Given, and not sent, of messages that can be known again. */
  const unsent = new Set<Receipt>();

  function owedIn(session: Session): Owed {
    const known = bySession.get(session);
    if (known !== undefined) return known;
    const owed: Owed = { order: [], isOver: false };
    bySession.set(session, owed);
    const end = (): void => {
      owed.isOver = true;
      owed.order.length = 0;
    };
    session.ended.then(end, end);
    return owed;
  }

  function given(receipt: Receipt, { order, isOver }: Owed): void {
    if (receipt.mark !== undefined) {
      unsent.add(receipt);
      const [oldest] = unsent;
      if (unsent.size > MOST_REMEMBERED && oldest !== undefined) unsent.delete(oldest);
    }
    while (!isOver && order[0]?.isGiven === true) {
      const sent = order.shift();
      if (sent !== undefined) unsent.delete(sent);
    }
  }

  return {
    add({ mark, acknowledge, session }) {
      const owed = owedIn(session);
      let isGiven = false;
      const receipt: Receipt = {
        mark,
        session,
        get isGiven() {
          return isGiven;
        },
        give() {
          if (isGiven) return;
          isGiven = true;
          acknowledge();
          given(receipt, owed);
        },
      };
      owed.order.push(receipt);
      return receipt;
    },
    takeUnsent(mark, session) {
      const receipt = [...unsent].find((one) => one.mark === mark && one.session !== session);
      return receipt !== undefined && unsent.delete(receipt);
    },
  };
}
