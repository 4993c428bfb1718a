import type { Way } from "./dialing.ts";
import type { RawFailure } from "./failure.ts";
import type { Identity } from "./identity.ts";

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
   * Asks the hub whether it still has our subscription, by subscribing again. A hub that refuses, or that does not answer
   * within the connect time-out, ends the session: it would be online and deaf. Resolves when that is known, never rejects.
   */
  check(): Promise<void>;
  /**
   * Resolves when the hub has all that was sent so far, by its answer to what was asked behind it; or after the connect
   * time-out, or with the session's end. Never rejects. A socket that takes bytes has not delivered them.
   */
  delivered(): Promise<void>;
  /** Ends the session politely if the hub answers, by force if not; resolves within the close time-out. */
  close(): Promise<void>;
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
