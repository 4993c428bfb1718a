import type { Clock } from "../../clock.ts";
import { HubhandError } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { type Bounds, sizeOf, total, type WhenFull } from "./bounds.ts";
import { createDisk } from "./disk.ts";
import { createDropping, fullError } from "./dropping.ts";
import { createDrops } from "./drops.ts";
import { createExpiry } from "./expiry.ts";
import type { Item } from "./item.ts";
import { createLedger, type Segment } from "./ledger.ts";
import { createOldest } from "./oldest.ts";
import { PRIORITIES } from "./order.ts";
import type { KeptMessage, Outbox, Priority } from "./outbox.ts";
import { createRoom } from "./room.ts";
import type { StoredMessage } from "./row.ts";
import { startSweep } from "./sweep.ts";

/** No more bytes are handed out at once, but for a single message. */
const TAKEN_BYTES = 4 * MEBIBYTE;

export interface OutboxOptions {
  /** The outbox's own folder, made when the first message has to be written. */
  readonly directory: string;
  readonly bounds: Bounds;
  readonly whenFull: WhenFull;
  /** How long a message waits for its acknowledgement before it is written; milliseconds. */
  readonly writeDelay: number;
  readonly metrics: Pick<
    Metrics,
    | "outboxMessages"
    | "outboxBytes"
    | "outboxOnDisk"
    | "outboxDropped"
    | "outboxLimitMessages"
    | "outboxLimitBytes"
    | "outboxOldest"
  >;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Resolves when what earlier runs have left is there, or the disk has failed; it never rejects. */
export async function createOutbox(options: OutboxOptions): Promise<Outbox> {
  const { metrics, clock } = options;
  const ledger = createLedger();
  const expiry = createExpiry(clock);
  const drops = createDrops(options);
  let listener: Parameters<Outbox["onWaiting"]>[0] | undefined;
  let isTold = false;
  let hasBacklog = false;
  let isClosed = false;

  const disk = createDisk({
    ...options,
    ledger,
    onOpened({ messages, shift }) {
      expiry.shift(shift);
      lessKept();
      if (messages > 0) hasBacklog = true;
      tell();
    },
    onChange(isWell) {
      metrics.outboxOnDisk.set(isWell ? 1 : 0);
      if (!isWell) goOnInMemory();
      tell();
    },
    onLost(messages) {
      if (messages > 0) drops.count("corrupt", messages);
      lessKept();
      hasBacklog = true;
      tell();
    },
  });
  const dropping = createDropping({
    ledger,
    drops,
    onDropped() {
      disk.remove();
      lessKept();
    },
  });
  const oldest = createOldest({ ledger, disk, expiry });
  const room = createRoom({ ...options, ledger, disk, dropping });
  metrics.outboxOnDisk.set(1);
  metrics.outboxLimitMessages.set(options.bounds.maxMessages);
  metrics.outboxLimitBytes.set(options.bounds.maxBytes);
  metrics.outboxOldest.readBy(() => metrics.outboxOldest.set((oldest.handedOver() ?? 0) / 1000));
  await disk.start();
  changed();
  const sweep = startSweep({ ledger, disk, expiry, dropping, clock });

  return {
    add(given) {
      if (isClosed)
        return Promise.reject(
          new HubhandError(
            "AGENT_STOPPING",
            "the agent is stopping and takes no messages; send it after the start",
          ),
        );
      const size = sizeOf(given);
      if (!room.make(given.priority, size)) {
        drops.count("full");
        return Promise.reject(fullError());
      }
      expiry.look(ledger.latest + 1);
      ledger.latest += 1;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const message = { ...given, sequence: ledger.latest };
      ledger.keep({ message, size, where: "memory", hasRow: false, takenAs: undefined, resolve, reject });
      if (disk.problem !== undefined) resolve();
      disk.append();
      changed();
      tell();
      return promise;
    },

    take(most, fresh) {
      // What is being saved from a corrupt file goes before what is in memory.
      if (disk.isRecovering) return [];
      const found: KeptMessage[] = [];
      let bytes = 0;
      for (const item of nextItems(most, segmentsOf(fresh))) {
        // What could not be read goes before it, if it can be saved.
        if (disk.isRecovering) break;
        found.push(ledger.take(item));
        bytes += item.size;
        if (found.length >= most || bytes >= TAKEN_BYTES) break;
      }
      return found;
    },

    mark() {
      ledger.mark = ledger.latest;
    },

    delivered(message) {
      const item = ledger.taken.get(message);
      if (item === undefined) return;
      ledger.forget(item);
      item.resolve();
      disk.remove();
      lessKept();
    },

    putBack() {
      if (ledger.taken.size === 0) return;
      ledger.putBack();
      tell();
    },

    get waiting() {
      // What cannot be read now does not count: whoever takes would find nothing.
      if (disk.isRecovering) return 0;
      return total(disk.store === undefined ? ledger.waitingInMemory() : ledger.waiting()).messages;
    },

    onWaiting(given) {
      listener = given;
    },

    status() {
      const { problem } = disk;
      return {
        ...total(ledger.kept),
        onDisk: problem === undefined,
        ...(problem === undefined ? {} : { problem }),
      };
    },

    oldest: oldest.handedOver,

    async close() {
      isClosed = true;
      sweep.stop();
      await disk.close();
      drops.stop();
    },
  };

  function* nextItems(most: number, segments: readonly Segment[]): Generator<Item> {
    for (const priority of PRIORITIES) {
      for (const segment of segments) {
        for (const row of rowsOf(priority, segment, most)) {
          if (row.message === undefined) dropping.row(row, "corrupt");
          else if (expiry.isOver(row.message)) dropping.row(row, "expired");
          else yield itemOfRow(row.message, row.size);
        }
      }
      for (const item of ledger.memory.of(priority)) {
        if (item.takenAs !== undefined || !segments.some((segment) => isIn(segment, item))) continue;
        if (expiry.isOver(item.message)) {
          dropping.item(item, "expired");
        } else yield item;
      }
    }
  }

  function* rowsOf(priority: Priority, segment: Segment, page: number): Generator<StoredMessage> {
    const { store } = disk;
    if (store === undefined) return;
    try {
      yield* ledger.waitingRows(store.read, { priority, segment, page: Math.min(page, 64) });
    } catch (error) {
      disk.failed(error);
    }
  }

  function segmentsOf(fresh: "only" | "none" | undefined): readonly Segment[] {
    const old = { after: 0, upTo: ledger.mark };
    const young = { after: ledger.mark, upTo: Number.MAX_SAFE_INTEGER };
    if (fresh === "only") return [young];
    return fresh === "none" ? [old] : [old, young];
  }

  /** What is promised then is promised as far as it can be. */
  function goOnInMemory(): void {
    room.trimMemory();
    for (const item of ledger.memory.all()) item.resolve();
    changed();
  }

  function changed(): void {
    const { messages, bytes } = total(ledger.kept);
    metrics.outboxMessages.set(messages);
    metrics.outboxBytes.set(bytes);
  }

  /** What was the oldest may be kept no more. */
  function lessKept(): void {
    oldest.changed();
    changed();
  }

  /** Not within the call that was the reason: whoever listens may call back. */
  function tell(): void {
    if (isTold || listener === undefined) return;
    isTold = true;
    queueMicrotask(() => {
      isTold = false;
      const what = hasBacklog ? "backlog" : undefined;
      hasBacklog = false;
      listener?.(what);
    });
  }
}

function isIn({ after, upTo }: Segment, { message }: Item): boolean {
  return message.sequence > after && message.sequence <= upTo;
}

const itemOfRow = (message: KeptMessage, size: number): Item => ({
  message,
  size,
  where: "disk",
  hasRow: true,
  takenAs: undefined,
  resolve() {},
  reject() {},
});
