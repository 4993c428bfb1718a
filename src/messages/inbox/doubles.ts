import type { CloudMessage } from "./cloud-message.ts";
import type { Entry } from "./entry.ts";

/** The session in which a message came. */
export interface Session {
  /** Resolves or rejects when nothing can be sent in it any more. */
  readonly ended: Promise<unknown>;
}

/** Of so many messages it is remembered that their acknowledgement went nowhere: more than the hub keeps for a device. */
const MOST_REMEMBERED = 200;

/** Knows the messages that the hub delivers again, by their id; one without is never known. */
export interface Doubles {
  /** What is to be done with a message that comes: `new`, or nothing more than this has done. */
  look(message: CloudMessage, acknowledge: () => void, session: Session): "new" | "double";
  /** It is in our hands from now on. */
  began(entry: Entry): void;
  /** It is not any more. */
  ended(entry: Entry): void;
  isOver(session: object): boolean;
}

/**
 * After a session's end the hub delivers again what was not acknowledged (MQTT 3.1.1, 4.4): that must not be handled twice
 * at once, nor once more if only its acknowledgement came too late. In one session, two messages with one id are two.
 */
export function createDoubles(): Doubles {
  const inHand = new Map<string, Entry>();
  const seen = new WeakSet<Session>();
  const over = new WeakSet<object>();
  /** Handled, and the hub does not know it. */
  const unheard = new Set<string>();

  function watch(session: Session): void {
    if (seen.has(session)) return;
    seen.add(session);
    const end = (): void => void over.add(session);
    session.ended.then(end, end);
  }

  return {
    look({ messageId }, acknowledge, session) {
      watch(session);
      if (messageId === undefined) return "new";
      if (unheard.delete(messageId)) {
        acknowledge();
        return "double";
      }
      const entry = inHand.get(messageId);
      if (entry === undefined || (entry.session === session && !entry.isOverdue)) return "new";
      entry.deliveredAgain(acknowledge, session);
      return "double";
    },
    began(entry) {
      const { messageId } = entry.facts;
      if (messageId !== undefined) inHand.set(messageId, entry);
    },
    ended(entry) {
      const { messageId } = entry.facts;
      if (messageId === undefined) return;
      if (inHand.get(messageId) === entry) inHand.delete(messageId);
      if (entry.wasHeard) return;
      unheard.add(messageId);
      const [oldest] = unheard;
      if (unheard.size > MOST_REMEMBERED && oldest !== undefined) unheard.delete(oldest);
    },
    isOver: (session) => over.has(session),
  };
}
