import type { AuthorLogger } from "../../events/logger.ts";
import type { JsonSchema } from "../../methods/method.ts";
import type { CloudMessage } from "./cloud-message.ts";

/** The handler of whatever has none of its own. */
export const ANY = "*";

/** Who takes messages of one name, or with `*` all that have no handler of their own. */
export interface MessageHandler {
  readonly name: string;
  /** Who brought it. */
  readonly plugin: string;
  readonly description?: string;
  /** What the payload must be; without it, anything. */
  readonly schema?: JsonSchema;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
  /** How many of its messages are handled at once; with 1 they are handled in the order of their arrival. */
  readonly concurrency: number;
  /** How many more may be taken from the hub before their turn has come. */
  readonly queue: number;
  /**
   * Handles one message. It is handled when this resolves, and tried again when it rejects; PLUGIN_DOWN is no attempt.
   * It may be a function here, a worker, a process or another machine.
   */
  handle(delivery: Delivery): unknown;
}

/** What is known of a message besides its body. */
export type MessageFacts = Omit<CloudMessage, "body">;

/** One attempt to have a message handled, as its handler gets it. */
export interface Delivery {
  /** The handler's name. */
  readonly name: string;
  /** JSON, text or bytes (Uint8Array); valid against the handler's schema. */
  readonly payload: unknown;
  readonly message: MessageFacts;
  /** From 1; over restarts too if messages are kept on disk. */
  readonly attempt: number;
  /** Milliseconds until the signal fires. */
  readonly timeout: number;
  /** Fires when the attempt is over its time or the agent stops. */
  readonly signal: AbortSignal;
  /** Its lines carry the handler's name and the message's id. */
  readonly logger: AuthorLogger;
}
