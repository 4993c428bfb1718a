import type { Packet } from "./aedes-internals.ts";
import { isSubscribable, readPublishTopic } from "./topics.ts";

/** The largest device-to-cloud message, in bytes (learn.microsoft.com, "IoT Hub quotas and throttling"). */
const MESSAGE_LIMIT = 256 * 1024;
/** The largest packet, in bytes: the largest message, with a topic as long as MQTT can write it. */
export const PACKET_LIMIT = MESSAGE_LIMIT + 65 * 1024;
/**
 * The same of one that has not logged in yet, whose CONNECT is all that is waited for: MQTT lets a will have 64 KiB, ids
 * and tokens are a few hundred bytes.
 */
export const LOGIN_LIMIT = 80 * 1024;
const SUBSCRIPTION_LIMIT = 5;
/** 1.5 times this is the 1767 s after which the service drops a silent device at the latest. */
const KEEP_ALIVE_LIMIT_SECONDS = 1178;

/**
 * IoT Hub's rules for what a device may send, on top of MQTT's. Returns why the connection must be closed, if it must,
 * and makes the packet what the service would make of it: no retain, at most QoS 1 granted, keep-alive within its cap.
 */
export function applyRules(packet: Packet, clientId: string): string | undefined {
  switch (packet.cmd) {
    case "connect":
      // 0 turns it off in MQTT, and would leave a client that has gone without a word connected for ever.
      packet.keepalive = Math.min(packet.keepalive || KEEP_ALIVE_LIMIT_SECONDS, KEEP_ALIVE_LIMIT_SECONDS);
      // The broker would keep a retained one for ever, each under its own topic.
      if (packet.will) packet.will.retain = false;
      return undefined;
    case "publish":
      if (packet.qos === 2) return "it published with QoS 2, which IoT Hub does not support";
      if (readPublishTopic(packet.topic, clientId) === undefined) {
        return `it published to ${quoted(packet.topic)}, where IoT Hub lets no device publish`;
      }
      if (packet.payload.length > MESSAGE_LIMIT) return "it published more than 256 KiB in one message";
      packet.retain = false;
      return undefined;
    case "subscribe":
      return subscribeFault(packet, clientId);
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return "it spoke QoS 2, which IoT Hub does not support";
    default:
      return undefined;
  }
}

function subscribeFault(packet: Packet & { cmd: "subscribe" }, clientId: string): string | undefined {
  if (packet.subscriptions.length > SUBSCRIPTION_LIMIT) {
    return `it asked for more than ${SUBSCRIPTION_LIMIT} subscriptions`;
  }
  for (const subscription of packet.subscriptions) {
    if (!isSubscribable(subscription.topic, clientId)) {
      return `it subscribed to ${quoted(subscription.topic)}, which IoT Hub does not offer`;
    }
    if (subscription.qos === 2) subscription.qos = 1;
  }
  return undefined;
}

/** Topics come from outside: for a log line they are cut, and their control characters escaped. */
function quoted(topic: string): string {
  return JSON.stringify(topic.length > 100 ? `${topic.slice(0, 100)}…` : topic);
}
