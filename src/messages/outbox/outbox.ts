/** 0 goes first. */
export type Priority = 0 | 1 | 2;

/** A message to the hub, checked and ready. */
export interface OutgoingMessage {
  readonly messageId: string;
  /** `plugin/stream`. */
  readonly stream: string;
  readonly priority: Priority;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly correlationId: string | undefined;
  readonly output: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** One that the outbox has. */
export interface KeptMessage extends OutgoingMessage {
  /** Grows with each message, over restarts too. */
  readonly sequence: number;
}

export interface OutboxStatus {
  readonly messages: number;
  readonly bytes: number;
  /** Whether messages are safe from a kill: false while the disk takes none. */
  readonly onDisk: boolean;
  /** Why not, for a person. */
  readonly problem?: string;
}

/** What is to be told to the hub, until the hub has it. */
export interface Outbox {
  /**
   * Resolves when the message is safe: acknowledged by the hub, or on disk; in memory if the disk takes none.
   * @throws HubhandError OUTBOX_FULL, AGENT_STOPPING
   */
  add(message: OutgoingMessage): Promise<void>;
  /**
   * The next messages in the order of sending, at most so many (fewer if they are large), each handed out once until
   * `putBack`. None if none wait, or for a moment while a corrupt file is being saved: `onWaiting` tells when there are.
   * @param fresh `only`: those added since `mark()`; `none`: those before it; absent: all alike
   */
  take(most: number, fresh?: "only" | "none"): readonly KeptMessage[];
  /** The backlog ends here: what is added from now on is fresh. */
  mark(): void;
  /**
   * The hub has it: it is forgotten, on disk a little later.
   * @param message the very object that `take` gave; once that was put back, nothing happens
   */
  delivered(message: KeptMessage): void;
  /** Whatever was handed out and not delivered takes its old place again. */
  putBack(): void;
  /** How many wait to be handed out. */
  readonly waiting: number;
  /**
   * Calls back, soon, whenever something was added or put back. One listener.
   * @param listener told `backlog` if what earlier runs left, or what was saved of a file, is there only now
   */
  onWaiting(listener: (what?: "backlog") => void): void;
  status(): OutboxStatus;
  /** When the oldest that the hub has not acknowledged was handed over, milliseconds since 1970; undefined if there is none. */
  oldest(): number | undefined;
  /** Writes what is only in memory, and closes the file; nothing can be added from now on. */
  close(): Promise<void>;
}
