import type { Logger } from "../../events/logger.ts";
import type { MessageFromHub } from "../hub-messages.ts";
import type { ReceivedPacket } from "../mqtt/raw-client.ts";
import { isMessageTopic, parseMessage } from "../topics/message-topics.ts";

export interface ReceivingOptions {
  /** Takes each message, and the function that has it acknowledged; undefined if nobody wants any. */
  readonly onMessage: ((message: MessageFromHub, acknowledge: () => void) => void) | undefined;
  /** Nobody wants any, and the hub has kept a subscription of earlier times: called once. */
  unwanted(): void;
  /** Sends a PUBACK, if the session still can. */
  acknowledge(packetId: number): void;
  readonly logger: Logger;
}

/** The messages from the hub on one session. */
export interface Receiving {
  /** Takes a message if it is one for this device; whether it is acknowledged from here, now or later. */
  take(packet: ReceivedPacket): boolean;
}

/**
 * Hands messages on. The hub keeps one until it is acknowledged, and delivers it again on the next session if it was not.
 *
 * PUBACKs go out in the order in which the messages came [MQTT-4.6.0-2]: one that is acknowledged before its elder waits
 * for it.
 */
export function createReceiving(options: ReceivingOptions): Receiving {
  const { onMessage, acknowledge, logger } = options;
  const waiting: { readonly packetId: number; done: boolean }[] = [];
  let isUnwanted = false;

  function acknowledgement({ qos, messageId }: ReceivedPacket): () => void {
    if (qos !== 1 || messageId === undefined) return () => {};
    const entry = { packetId: messageId, done: false };
    waiting.push(entry);
    return () => {
      entry.done = true;
      while (waiting[0]?.done === true) acknowledge(waiting.shift()?.packetId ?? 0);
    };
  }

  /** A fault of ours costs its message another delivery, and not the session. */
  function hand(message: MessageFromHub, acknowledged: () => void): void {
    try {
      onMessage?.(message, acknowledged);
    } catch (error) {
      logger.error({ event: "inbox.fault", err: error }, "a fault in taking a message from the hub");
    }
  }

  return {
    take(packet) {
      const topic = packet.topic.toString();
      if (!isMessageTopic(topic)) return false;
      const message = parseMessage(topic, packet.payload);
      if (message === undefined) {
        // It would come again for ever, and never be understood. What follows in the topic may be properties.
        logger.warn(
          { event: "inbox.malformed", topic: topic.split("/", 3).join("/") },
          "the hub sent a message with a malformed topic",
        );
        acknowledgement(packet)();
      } else if (onMessage === undefined) {
        if (!isUnwanted) options.unwanted();
        isUnwanted = true;
      } else {
        hand(message, acknowledgement(packet));
      }
      return true;
    },
  };
}
