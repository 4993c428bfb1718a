import type { FeedbackRecord } from "./feedback.ts";

/** The most records in one message of feedback (learn.microsoft.com, "Understand cloud-to-device messaging from an IoT hub"). */
const BATCH_LIMIT = 64;
/** How long a record waits for somebody to take it, in milliseconds: the service's default. */
const LIFE_MS = 60 * 60_000;
/** Above it the oldest go: a hub whose feedback nobody reads must not grow. */
const QUEUE_LIMIT = 10_000;

/** Records for those who take them off by AMQP: each goes to one taker, and comes back if he does not accept it. */
export interface FeedbackQueue {
  add(record: FeedbackRecord): void;
  /** The next records, for this taker only; undefined if there are none. */
  take(): FeedbackRecord[] | undefined;
  /** They were not accepted: they are first in the queue again. */
  putBack(records: readonly FeedbackRecord[]): void;
  /** Called when there may be something to take; returns the way to end that. */
  onAvailable(listener: () => void): () => void;
}

export function createFeedbackQueue({ now }: { now: () => number }): FeedbackQueue {
  let records: FeedbackRecord[] = [];
  const listeners = new Set<() => void>();

  function tellListeners(): void {
    for (const listener of listeners) listener();
  }

  return {
    add(record) {
      records.push(record);
      if (records.length > QUEUE_LIMIT) records.shift();
      tellListeners();
    },

    take() {
      const oldest = now() - LIFE_MS;
      records = records.filter(({ enqueuedTimeUtc }) => Date.parse(enqueuedTimeUtc) > oldest);
      return records.length === 0 ? undefined : records.splice(0, BATCH_LIMIT);
    },

    putBack(returned) {
      records.unshift(...returned);
      tellListeners();
    },

    onAvailable(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
