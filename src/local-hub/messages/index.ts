import { messageOf } from "../../errors.ts";
import { type Who, whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import type { ModuleRegistry } from "../identities/module-registry.ts";
import type { ObservableRegistry } from "../identities/registry.ts";
import type { Store } from "../store/store.ts";
import { type CloudMessage, type QueuedMessage, withMessageId } from "./cloud-message.ts";
import { bytesOf, type DeviceMessage, type IncomingMessage, readDeviceMessage } from "./device-message.ts";
import { type FeedbackRecord, isAsked, type Settlement, toFeedback } from "./feedback.ts";
import { createFeedbackQueue, type FeedbackQueue } from "./feedback-queue.ts";
import { createLog, type EntryFilter, type EventLog, type WritableLog } from "./log.ts";
import { createQueues, type Queues, type Receiver } from "./queues.ts";

/** How many device-to-cloud messages are kept for whoever reads them, and how much memory they may take. */
const RECEIVED_LIMITS = { mostEntries: 10_000, mostBytes: 32 * 1024 * 1024 };
const FEEDBACK_LIMITS = { mostEntries: 10_000, mostBytes: 8 * 1024 * 1024 };
/** Of a record of feedback, about. */
const FEEDBACK_BYTES = 500;

/** A cloud-to-device message that has not come to its end. */
export type WaitingMessage = Pick<
  QueuedMessage,
  "sequenceNumber" | "messageId" | "deliveryCount" | "properties"
> & {
  /** ISO 8601, as the other. */
  enqueuedTimeUtc: string;
  expiryTimeUtc: string;
  payload: Buffer;
};

/**
 * The messages of both ways. What devices sent is kept in memory, the newest 10,000 messages or 32 MiB; what waits for
 * devices is kept as the registry is.
 */
export interface Messages extends Omit<EventLog<DeviceMessage>, "kept"> {
  /** The device-to-cloud messages that are kept, the oldest first. */
  received(filter?: EntryFilter): DeviceMessage[];
  /**
   * Puts a message into the device's queue, be it connected or not; the promise resolves when it is kept.
   * @throws HubError DeviceNotFound, ArgumentInvalid, MessageTooLarge, DeviceMaximumQueueDepthExceeded (50 wait already)
   */
  send(deviceId: string, message: CloudMessage): Promise<{ messageId: string }>;
  /** The messages that wait for the device, those on their way to it included. @throws HubError DeviceNotFound */
  waiting(deviceId: string): WaitingMessage[];
  /** Takes all messages out of the device's queue; returns how many. @throws HubError DeviceNotFound */
  purge(deviceId: string): number;
  /** What became of the messages whose senders asked to be told (`ack`). */
  readonly feedback: EventLog<FeedbackRecord>;
}

/** The same, with what the other parts of the hub need of it. */
export interface MessageCentre extends Messages {
  readonly log: WritableLog<DeviceMessage>;
  readonly feedback: WritableLog<FeedbackRecord>;
  readonly feedbackQueue: FeedbackQueue;
  readonly queues: Pick<Queues, "deliver" | "acknowledged" | "disconnected">;
  /** Takes what a device or module sent. */
  accept(message: IncomingMessage): void;
  /** As `send` does, and leaves a message without id as it is. */
  enqueue(deviceId: string, message: CloudMessage): QueuedMessage;
  /** How many wait; 0 of a device that is not there. */
  countWaiting(deviceId: string): number;
  close(): void;
}

export function createMessages(options: {
  store: Store;
  registry: ObservableRegistry;
  modules: ModuleRegistry;
  receiver: (deviceId: string) => Receiver | undefined;
  log: LogEvent;
  now: () => number;
}): MessageCentre {
  const { registry, modules, now } = options;
  const log = createLog<DeviceMessage>(RECEIVED_LIMITS);
  const feedback = createLog<FeedbackRecord>(FEEDBACK_LIMITS);
  const feedbackQueue = createFeedbackQueue({ now });
  feedback.on((record) => feedbackQueue.add(record));
  const queues = createQueues({
    ...options,
    onDelivered: (message) => tell(message, "sent"),
    onFault: (error) => options.log({ event: "fault", reason: messageOf(error) }),
    onSettled(message, settlement) {
      tell(message, STATES[settlement]);
      if (!isAsked(message.ack, settlement)) return;
      feedback.append(
        (sequenceNumber) => toFeedback(message, { settlement, sequenceNumber, now: now() }),
        FEEDBACK_BYTES,
      );
    },
  });
  registry.onChange((deviceId, change) => {
    if (change === "deleted") queues.drop(deviceId);
  });

  function tell(message: QueuedMessage, state: MessageState): void {
    const { deviceId, messageId = "", deliveryCount } = message;
    options.log({ event: "message-to-device", deviceId, messageId, state, deliveryCount });
  }

  function generationOf({ deviceId, moduleId }: Who): string | undefined {
    const identity = moduleId === undefined ? registry.get(deviceId) : modules.get(deviceId, moduleId);
    return identity?.generationId;
  }

  function device(deviceId: string) {
    const found = registry.get(deviceId);
    if (found === undefined) throw new HubError("DeviceNotFound", deviceId);
    return found;
  }

  function enqueue(deviceId: string, message: CloudMessage): QueuedMessage {
    const queued = queues.add(message, device(deviceId));
    tell(queued, "queued");
    queues.deliver(deviceId);
    return queued;
  }

  return {
    log,
    feedback,
    feedbackQueue,
    queues,
    received: (filter) => log.kept(filter),
    on: (listener) => log.on(listener),
    watch: (watchOptions) => log.watch(watchOptions),
    next: (nextOptions) => log.next(nextOptions),

    accept(incoming) {
      const generationId = generationOf(whoIs(incoming.clientId)) ?? "";
      log.append(
        (sequenceNumber) => readDeviceMessage(incoming, { sequenceNumber, generationId, now: now() }),
        bytesOf(incoming),
      );
    },

    enqueue,
    async send(deviceId, message) {
      const named = withMessageId(message);
      enqueue(deviceId, named);
      return { messageId: named.messageId };
    },

    waiting(deviceId) {
      device(deviceId);
      return queues.waiting(deviceId).map(toWaiting);
    },
    countWaiting: (deviceId) => queues.waiting(deviceId).length,
    purge(deviceId) {
      device(deviceId);
      return queues.purge(deviceId);
    },

    close() {
      log.close();
      feedback.close();
      queues.close();
    },
  };
}

/** Where a cloud-to-device message is, in the words of an event. */
export type MessageState =
  | "queued"
  | "sent"
  | "completed"
  | "expired"
  | "delivery-count-exceeded"
  | "rejected"
  | "purged";

const STATES: Record<Settlement, MessageState> = {
  Success: "completed",
  Expired: "expired",
  DeliveryCountExceeded: "delivery-count-exceeded",
  Rejected: "rejected",
  Purged: "purged",
};

function toWaiting(message: QueuedMessage): WaitingMessage {
  const { sequenceNumber, messageId, deliveryCount, properties } = message;
  return {
    sequenceNumber,
    ...(messageId === undefined ? {} : { messageId }),
    deliveryCount,
    properties: { ...properties },
    enqueuedTimeUtc: new Date(message.enqueuedAt).toISOString(),
    expiryTimeUtc: new Date(message.expiresAt).toISOString(),
    payload: Buffer.from(message.payload, "base64"),
  };
}
