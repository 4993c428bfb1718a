import type { KeptMessage, Outbox, OutgoingMessage } from "../../../src/messages/outbox/outbox.ts";

export interface MemoryOutbox extends Outbox {
  /** Added and not delivered, by sequence. */
  readonly left: () => number[];
  /** Messages that are there only now, as those of a disk that comes late. */
  comeLate(messages: readonly OutgoingMessage[]): void;
}

/** An outbox that keeps all in memory and takes everything: what the sender needs of one. */
export function memoryOutbox(): MemoryOutbox {
  const kept = new Map<number, KeptMessage>();
  const handedOut = new Set<number>();
  let lastSequence = 0;
  let markedAt = 0;
  let listener: Parameters<Outbox["onWaiting"]>[0] = () => {};
  const inOrder = () =>
    [...kept.values()]
      .filter(({ sequence }) => !handedOut.has(sequence))
      .sort((one, other) => one.priority - other.priority || one.sequence - other.sequence);
  return {
    async add(message) {
      lastSequence += 1;
      kept.set(lastSequence, { ...message, sequence: lastSequence });
      listener();
    },
    take(most, fresh) {
      const taken = inOrder()
        .filter(({ sequence }) => fresh === undefined || (fresh === "only") === sequence > markedAt)
        .slice(0, most);
      for (const { sequence } of taken) handedOut.add(sequence);
      return taken;
    },
    mark() {
      markedAt = lastSequence;
    },
    delivered({ sequence }) {
      if (handedOut.delete(sequence)) kept.delete(sequence);
    },
    putBack() {
      handedOut.clear();
      listener();
    },
    get waiting() {
      return kept.size - handedOut.size;
    },
    onWaiting(tell) {
      listener = tell;
    },
    status: () => ({ messages: kept.size, bytes: 0, onDisk: true }),
    oldest: () => [...kept.values()][0]?.createdAt,
    close: async () => {},
    comeLate(messages) {
      for (const message of messages) {
        lastSequence += 1;
        kept.set(lastSequence, { ...message, sequence: lastSequence });
      }
      listener("backlog");
    },
    left: () => [...kept.keys()],
  };
}

export function message(overrides: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    messageId: "id",
    stream: "plugin/",
    priority: 1,
    body: Buffer.from("1"),
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: undefined,
    output: undefined,
    properties: {},
    createdAt: 0,
    expiresAt: 1e15,
    ...overrides,
  };
}
