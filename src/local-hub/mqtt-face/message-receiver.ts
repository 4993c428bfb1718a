import type { Client } from "aedes";
import type { Receiver } from "../messages/queues.ts";
import { subscribedQos } from "./aedes-internals.ts";
import { encodePublish } from "./publish-packet.ts";
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
