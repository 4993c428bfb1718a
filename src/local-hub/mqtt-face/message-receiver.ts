import type { Client } from "aedes";
import type { Receiver } from "../messages/queues.ts";
import { subscribedQos } from "./aedes-internals.ts";
import { deviceboundFilter } from "./topics.ts";

/**
 * The way of messages to a device on this connection; undefined if it is not subscribed to them. Packets are written to
 * the connection itself: the broker keeps what it publishes with QoS 1 in the session, and would send it once more beside
 * the queue, after it was purged or has expired too. No other packet to a device has a packet id.
 */
export function messageReceiver(client: Client | undefined): Receiver | undefined {
  const qos = client && subscribedQos(client, deviceboundFilter(client.id));
  if (client === undefined || qos === undefined) return undefined;
  return {
    connection: client,
    qos,
    keepsSession: !client.clean,
    send: (packet) => void client.conn.write(encodePublish({ ...packet, qos })),
  };
}

/** A PUBLISH packet (MQTT 3.1.1, section 3.3). */
function encodePublish(packet: {
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  packetId: number;
  isRepeat: boolean;
}): Buffer {
  const { qos, packetId, isRepeat } = packet;
  const topic = Buffer.from(packet.topic);
  const rest = Buffer.concat([
    uint16(topic.length),
    topic,
    ...(qos === 0 ? [] : [uint16(packetId)]),
    packet.payload,
  ]);
  const first = (3 << 4) | (isRepeat ? 0b1000 : 0) | (qos << 1);
  return Buffer.concat([Buffer.from([first, ...remainingLength(rest.length)]), rest]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function remainingLength(length: number): number[] {
  const rest = Math.floor(length / 128);
  return rest === 0 ? [length] : [(length % 128) | 0x80, ...remainingLength(rest)];
}
