import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import { MEBIBYTE } from "../../sizes.ts";
import type { HubSession, SessionEvents } from "../hub-session.ts";
import type { Identity } from "../identity.ts";
import { type DirectWriting, writeDirectly } from "../mqtt/direct-writing.ts";
import { acknowledgePacket, type RawMqttClient, takeAcknowledgements } from "../mqtt/raw-client.ts";
import { isMessageTopic, messagesFilter } from "../topics/message-topics.ts";
import { isMethodTopic, parseMethodTopic, replyTopic } from "../topics/method-topics.ts";
import { isTwinTopic } from "../topics/twin-topics.ts";
import { createReceiving } from "./receiving.ts";
import { createSending } from "./sending.ts";
import { createTwinRequests } from "./twin-requests.ts";

/** A message is given up when so many connect time-outs have gone by without any having been acknowledged. */
const PATIENCE = 4;
/** So many bytes of replies may wait for a hub that does not read: more than its quotas let calls ask for at once. */
const MOST_UNREAD = 16 * MEBIBYTE;

export interface TrafficOptions {
  readonly generation: number;
  readonly identity: Identity;
  readonly events: SessionEvents;
  /** The session that all this is of. */
  session(): HubSession;
  /** The connection, unless it is over or about to be. */
  connection(): RawMqttClient | undefined;
  /** The same, if it takes what is new. */
  open(): RawMqttClient | undefined;
  /** The hub has acknowledged no message for too long. */
  unacknowledged(): void;
  /** The hub does not read what it is sent. */
  unread(): void;
  readonly connectTimeout: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What goes over one session in both directions: calls and their replies, messages, and what is said of the twin. */
export interface Traffic
  extends Pick<HubSession, "sendReply" | "sendMessage" | "getTwin" | "reportProperties"> {
  /** Takes a message; false for one that is none of ours. */
  take(topic: string, payload: Uint8Array): boolean;
  /** The connection is being made: what goes past mqtt.js on it is arranged. */
  begin(client: RawMqttClient): void;
  /** Whether replies go past mqtt.js, as they should once the hub has been asked for anything. */
  readonly writesDirectly: boolean;
  /** Resolves when the messages that are on their way now have arrived or failed. */
  settled(): Promise<void>;
  /** Gives up whatever waits for the hub. */
  abandon(): void;
}

export function createTraffic(options: TrafficOptions): Traffic {
  const { generation, identity, events, session, connection, open, connectTimeout, logger } = options;
  const sending = createSending({
    ...options,
    patience: PATIENCE * connectTimeout,
    outOfPatience: options.unacknowledged,
  });
  const { onMessage } = events;
  const receiving = createReceiving({
    onMessage: onMessage && ((message, acknowledge) => onMessage(message, acknowledge, session())),
    acknowledge(packetId) {
      const client = connection();
      if (client !== undefined) acknowledgePacket(client, packetId);
    },
    unwanted() {
      logger.warn(
        { event: "inbox.unwanted" },
        "messages from the hub are taken by nobody here: unsubscribed from them, they stay with the hub",
      );
      connection()?.unsubscribe(messagesFilter(identity), () => {});
    },
    logger,
  });
  const twin = createTwinRequests({
    ...options,
    timeout: connectTimeout,
    onDesired: (patch) => events.onDesired?.(patch, session()),
  });

  let direct: DirectWriting | undefined;

  function unwritten(error?: Error): void {
    if (error)
      logger.debug({ event: "call.reply-unwritten", err: error, generation }, "replies were not written");
  }

  function takeCall(topic: string, payload: Uint8Array): void {
    const parsed = parseMethodTopic(topic);
    if (parsed === undefined)
      logger.warn({ event: "call.malformed", topic }, "the hub sent a method call with a malformed topic");
    else if (connection() !== undefined) events.onCall({ ...parsed, payload }, session());
  }

  return {
    take(topic, payload) {
      if (isMethodTopic(topic)) takeCall(topic, payload);
      else if (isTwinTopic(topic)) twin.take(topic, payload);
      // Those come by takePacket, as they are acknowledged.
      else return isMessageTopic(topic);
      return true;
    },
    begin(client) {
      // One that is read after the end comes again on the next session.
      takeAcknowledgements(client, (packet) => connection() === undefined || receiving.take(packet));
      direct = writeDirectly(client, unwritten);
    },
    get writesDirectly() {
      return direct?.works === true;
    },

    sendReply(requestId, status, body) {
      // mqtt.js would take it while it says goodbye, and drop it.
      const client = open();
      if (client === undefined) return false;
      // Its calls may come all the same, and their replies would take all memory until a ping is missed.
      if (client.stream.writableLength > MOST_UNREAD) {
        options.unread();
        return false;
      }
      const topic = replyTopic(requestId, status);
      if (direct?.works) direct.publish(topic, body);
      else client.publish(topic, body, { qos: 0 }, unwritten);
      return true;
    },
    sendMessage: sending.send,
    getTwin: twin.get,
    reportProperties: twin.report,

    settled: sending.settled,
    abandon() {
      sending.abandon();
      twin.abandon();
    },
  };
}
