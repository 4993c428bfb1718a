import { setAlarm } from "../alarm.ts";
import { HubError } from "../hub-error.ts";
import type { Store } from "../store/store.ts";
import { type CloudMessage, deviceboundTopic, type QueuedMessage, toQueuedMessage } from "./cloud-message.ts";
import type { Settlement } from "./feedback.ts";

/** The most messages that wait for one device (learn.microsoft.com, "Understand cloud-to-device messaging from an IoT hub"). */
const QUEUE_LIMIT = 50;
/** How often a message is handed to its device at the most: the service's default. */
const DELIVERY_LIMIT = 10;
const LAST_PACKET_ID = 65_535;
/** After which it is looked again at messages that should have come to their end. */
const RETRY_MS = 1000;

/** A device that is connected and subscribed to its messages. */
export interface Receiver {
  /** Stands for the connection, of which a device has one after another. */
  connection: object;
  /** As it subscribed: with 0 nothing is acknowledged. */
  qos: 0 | 1;
  /** Whether it knows the packets of its connection before. */
  keepsSession: boolean;
  send(packet: { topic: string; payload: Buffer; packetId: number; isRepeat: boolean }): void;
}

/** The messages that wait for each device; all of it is kept (see the store) before it is told. */
export interface Queues {
  /** @throws HubError ArgumentInvalid, MessageTooLarge, DeviceMaximumQueueDepthExceeded */
  add(message: CloudMessage, device: { deviceId: string; generationId: string }): QueuedMessage;
  /** The oldest first; with those that were handed to the device, and not yet acknowledged. */
  waiting(deviceId: string): readonly QueuedMessage[];
  /** To be told when a device may have become able to receive. */
  deliver(deviceId: string): void;
  /** To be told of a device's PUBACK. */
  acknowledged(deviceId: string, packet: { packetId: number; connection: object }): void;
  /** To be told when a connection of the device ended. */
  disconnected(deviceId: string, connection: object): void;
  /** How many there were. */
  purge(deviceId: string): number;
  /** The device is no more, and there is nothing to tell of its messages. */
  drop(deviceId: string): void;
  close(): void;
}

interface Entry {
  message: QueuedMessage;
  /** The connection that it was last handed to, and what it was called there. */
  sentTo?: object;
  packetId?: number;
}

interface Queue {
  entries: Entry[];
  nextPacketId: number;
  stopWatch?: () => void;
}

export function createQueues(options: {
  store: Store;
  now: () => number;
  receiver: (deviceId: string) => Receiver | undefined;
  onDelivered: (message: QueuedMessage) => void;
  onSettled: (message: QueuedMessage, settlement: Settlement) => void;
  /** What nobody asked for could not be kept, be it that the disk is full: all stays as it was. */
  onFault: (error: unknown) => void;
}): Queues {
  const { store, now } = options;
  const table = store.table<QueuedMessage>("cloud-to-device");
  const queues = new Map<string, Queue>();
  let closed = false;
  let lastNumber = 0;
  for (const [, message] of table.kept()) {
    queueOf(message.deviceId).entries.push({ message });
    lastNumber = Math.max(lastNumber, message.sequenceNumber);
  }
  for (const deviceId of queues.keys()) watchExpiry(deviceId);

  function queueOf(deviceId: string): Queue {
    let queue = queues.get(deviceId);
    if (queue === undefined) {
      queue = { entries: [], nextPacketId: 1 };
      queues.set(deviceId, queue);
    }
    return queue;
  }

  /** Ends the life of those that `ends` gives an end. */
  function settle(deviceId: string, ends: (entry: Entry) => Settlement | undefined): number {
    const queue = queues.get(deviceId);
    if (queue === undefined) return 0;
    const settled = queue.entries
      .map((entry) => ({ entry, settlement: ends(entry) }))
      .filter((end): end is { entry: Entry; settlement: Settlement } => end.settlement !== undefined);
    if (settled.length === 0) return 0;
    store.together(() => {
      for (const { entry } of settled) table.remove(keyOf(entry.message));
    });
    const gone = new Set(settled.map(({ entry }) => entry));
    queue.entries = queue.entries.filter((entry) => !gone.has(entry));
    watchExpiry(deviceId);
    for (const { entry, settlement } of settled) options.onSettled(entry.message, settlement);
    return settled.length;
  }

  function unasked(work: () => void): void {
    try {
      work();
    } catch (error) {
      options.onFault(error);
    }
  }

  function expire(deviceId: string): void {
    unasked(() => void settle(deviceId, (entry) => (isOver(entry) ? "Expired" : undefined)));
  }

  function isOver({ message }: Entry): boolean {
    return message.expiresAt <= now();
  }

  /** One timer a device, for the message that expires first. */
  function watchExpiry(deviceId: string): void {
    const queue = queueOf(deviceId);
    queue.stopWatch?.();
    delete queue.stopWatch;
    if (closed || queue.entries.length === 0) return;
    const first = Math.min(...queue.entries.map(({ message }) => message.expiresAt));
    queue.stopWatch = setAlarm({
      // There may have been no way to keep that they are over.
      time: first > now() ? first : now() + RETRY_MS,
      now,
      ring() {
        expire(deviceId);
        watchExpiry(deviceId);
      },
    });
  }

  function deliver(deviceId: string): void {
    expire(deviceId);
    const receiver = options.receiver(deviceId);
    if (receiver === undefined) return;
    const { connection } = receiver;
    settle(deviceId, (entry) => (entry.sentTo === connection ? undefined : exceeded(entry)));
    const nextDue = () =>
      queues.get(deviceId)?.entries.find((entry) => entry.sentTo !== connection && !isOver(entry));
    // One by one: whoever is told of one may send, purge, or end the device.
    for (let entry = nextDue(); entry !== undefined; entry = nextDue()) handOver(entry, receiver);
  }

  function handOver(entry: Entry, { connection, qos, keepsSession, send }: Receiver): void {
    const message = { ...entry.message, deliveryCount: entry.message.deliveryCount + 1 };
    table.put(keyOf(message), message);
    const isRepeat = entry.packetId !== undefined && keepsSession && qos > 0;
    const { deviceId } = message;
    entry.message = message;
    entry.packetId ??= takePacketId(queueOf(deviceId));
    entry.sentTo = connection;
    const payload = Buffer.from(message.payload, "base64");
    send({ topic: deviceboundTopic(message), payload, packetId: entry.packetId, isRepeat });
    options.onDelivered(message);
    if (qos === 0) settle(deviceId, (one) => (one === entry ? "Success" : undefined));
  }

  return {
    add(message, device) {
      const { deviceId } = device;
      expire(deviceId);
      const queued = toQueuedMessage(message, { ...device, sequenceNumber: lastNumber + 1, now: now() });
      const queue = queueOf(deviceId);
      if (queue.entries.length >= QUEUE_LIMIT) {
        throw new HubError(
          "DeviceMaximumQueueDepthExceeded",
          `${QUEUE_LIMIT} messages wait for ${deviceId} already`,
        );
      }
      lastNumber += 1;
      table.put(keyOf(queued), queued);
      queue.entries.push({ message: queued });
      watchExpiry(deviceId);
      return queued;
    },

    waiting(deviceId) {
      expire(deviceId);
      return queues.get(deviceId)?.entries.map(({ message }) => message) ?? [];
    },

    deliver: (deviceId) => unasked(() => deliver(deviceId)),

    acknowledged(deviceId, { packetId, connection }) {
      expire(deviceId);
      unasked(() => {
        settle(deviceId, (entry) =>
          entry.packetId === packetId && entry.sentTo === connection ? "Success" : undefined,
        );
      });
    },

    disconnected(deviceId, connection) {
      unasked(() => {
        settle(deviceId, (entry) => (entry.sentTo === connection ? exceeded(entry) : undefined));
      });
    },

    purge(deviceId) {
      expire(deviceId);
      return settle(deviceId, () => "Purged");
    },

    drop(deviceId) {
      const queue = queues.get(deviceId);
      if (queue === undefined) return;
      store.together(() => {
        for (const { message } of queue.entries) table.remove(keyOf(message));
        queue.stopWatch?.();
        queues.delete(deviceId);
        store.onUndone(() => {
          queues.set(deviceId, queue);
          watchExpiry(deviceId);
        });
      });
    },

    close() {
      closed = true;
      for (const { stopWatch } of queues.values()) stopWatch?.();
    },
  };
}

function exceeded({ message }: Entry): Settlement | undefined {
  return message.deliveryCount >= DELIVERY_LIMIT ? "DeliveryCountExceeded" : undefined;
}

/** Not that of a packet that is still on its way. */
function takePacketId(queue: Queue): number {
  for (;;) {
    const id = queue.nextPacketId;
    queue.nextPacketId = id === LAST_PACKET_ID ? 1 : id + 1;
    if (!queue.entries.some(({ packetId }) => packetId === id)) return id;
  }
}

/** The store keeps the order in which they were first put. */
function keyOf({ sequenceNumber }: QueuedMessage): string {
  return String(sequenceNumber);
}
