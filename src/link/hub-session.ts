import type { Way } from "./dialing.ts";
import type { RawFailure } from "./failure.ts";
import type { MessageFromHub, MessageToHub } from "./hub-messages.ts";
import type { TwinDocument, TwinSection } from "./hub-twin.ts";
import type { Identity } from "./identity.ts";
import type { Heard } from "./subscription.ts";

/** A direct method as it came from the hub: nothing is parsed but the topic. */
export interface IncomingCall {
  /** The hub's own id of this call ($rid), opaque. */
  readonly requestId: string;
  /** Decoded from the topic; anything a caller may write. */
  readonly methodName: string;
  /** The payload's bytes; JSON if the hub keeps its word, possibly empty. */
  readonly payload: Uint8Array;
}

/** What the rest of hubhand knows of a connection to the hub: no word of the SDK. */
export interface HubSession {
  /** Counts sessions from 1, so that a late event can be told from a current one. */
  readonly generation: number;
  readonly way: Way;
  /** Who we are to the hub on it. */
  readonly identity: Identity;
  /** Resolves once, when the connection is over for whatever reason; never rejects. */
  readonly ended: Promise<RawFailure>;
  /**
   * Hands a reply to the connection, at QoS 0 as the hub expects.
   * @param status any integer that the handler chose
   * @param body JSON text
   * @returns whether the bytes were handed to a living connection
   */
  sendReply(requestId: string, status: number, body: string): boolean;
  /**
   * Sends a message, and resolves when the hub has acknowledged it (QoS 1). It may have arrived even so if this rejects:
   * when the session ended, is closing, or hands over to the next one. No error has anything of the message.
   * @throws HubhandError MESSAGE_TOO_LARGE: no session will ever take it
   */
  sendMessage(message: MessageToHub): Promise<void>;
  /**
   * Subscribes to answers and changes of the twin, or to messages (a module: at its inputs), and keeps to it. Resolves at
   * the SUBACK; rejects if the hub refuses (SubscriptionRefused), which does not end the session, and if the session ends.
   */
  listen(to: Heard): Promise<void>;
  /**
   * The whole twin, once this listens to it. Rejects with a TwinFailure that has the hub's status, after the connect
   * time-out, or with the session's end.
   */
  getTwin(): Promise<TwinDocument>;
  /** Changes reported properties as a merge patch, null removing one; resolves to their new version. Rejects as getTwin. */
  reportProperties(patch: object): Promise<number>;
  /**
   * The next session logs in, and the hub is about to end this one: what is sent may be lost, so that nothing is taken.
   * @param begun false if it goes on after all
   */
  handOver(begun: boolean): void;
  /**
   * Asks the hub whether it still has our subscriptions, by subscribing again. A hub that refuses, or that does not answer
   * within the connect time-out, ends the session: it would be online and deaf. Resolves when that is known, never rejects.
   */
  check(): Promise<void>;
  /**
   * Resolves when the hub has all that was sent so far, by its answers and by what was asked behind it; or after the connect
   * time-out, or with the session's end. Never rejects. A socket that takes bytes has not delivered them.
   */
  delivered(): Promise<void>;
  /** Ends the session politely if the hub answers, by force if not; resolves within the close time-out. */
  close(): Promise<void>;
}

/** What a session tells. What comes before it is online is told too, as it is acknowledged and replied to all the same. */
export interface SessionEvents {
  /** The other side has proved who it is, and the login goes out: the hub ends an older session of the same identity now. */
  onLogin?(): void;
  /** It is about to be online, and calls or replies go the longer way through mqtt.js, which is not built as we know it. */
  onOrdinaryPath?(): void;
  onCall(call: IncomingCall, session: HubSession): void;
  /** Desired properties have changed: a merge patch, with the version that it leads to. */
  readonly onDesired?: ((patch: TwinSection, session: HubSession) => void) | undefined;
  /**
   * A message has come. The hub keeps it until `acknowledge` is called, and delivers it again on the next session if that
   * has not happened; after the session's end the call does nothing. Messages are acknowledged to the hub in the order in
   * which they came: one that never is holds back all behind it.
   */
  readonly onMessage?:
    | ((message: MessageFromHub, acknowledge: () => void, session: HubSession) => void)
    | undefined;
  /** The hub has confirmed the subscriptions; it may have lost them before, and what it had to tell meanwhile. */
  readonly onChecked?: ((session: HubSession) => void) | undefined;
}

/** A session that could not be brought online. */
export class SessionFailure extends Error {
  override readonly name = "SessionFailure";
  readonly failure: RawFailure;

  constructor(failure: RawFailure) {
    super(`the session ended while ${failure.phase}`);
    this.failure = failure;
  }
}
