import type { EventEmitter } from "node:events";
import type { Aedes, Client, ConnectPacket, PublishPacket, SubscribePacket } from "aedes";

/** The packets of a device that the hub's rules speak of. */
export type Packet =
  | ConnectPacket
  | (PublishPacket & { payload: Buffer })
  | SubscribePacket
  | { cmd: "puback"; messageId?: number }
  | { cmd: "pubrec" | "pubrel" | "pubcomp" | "pingreq" | "disconnect" | "unsubscribe" };

/**
 * All that we lean on in aedes beyond its public types, in one file: its version is exact, and the tests of kept
 * sessions, forbidden topics and forgotten sessions fail if one of these goes away.
 */
interface ClientInternals {
  subscriptions: Record<string, { qos?: number } | undefined>;
  will: unknown;
  _parser: EventEmitter;
}

interface BrokerInternals {
  persistence: { cleanSubscriptions(client: { id: string }): Promise<void> };
}

function internalsOf(client: Client): ClientInternals {
  return client as unknown as ClientInternals;
}

/** Whether this connection is subscribed to the filter, be it by its kept session. */
export function isSubscribed(client: Client, filter: string): boolean {
  return internalsOf(client).subscriptions[filter] !== undefined;
}

/** With which QoS this connection is subscribed to the filter, if it is. */
export function subscribedQos(client: Client, filter: string): 0 | 1 | undefined {
  const subscription = internalsOf(client).subscriptions[filter];
  return subscription && (subscription.qos ? 1 : 0);
}

/** Whether the packet is the client's will: the broker publishes the one that came with the CONNECT, and no copy of it. */
export function isWill(client: Client, packet: unknown): boolean {
  return packet === internalsOf(client).will;
}

/**
 * Puts a gate between the parser and the broker: a packet it refuses never reaches the broker. The public hooks are too
 * late: SUBACK repeats the QoS that was asked for whatever they lowered it to, and a SUBSCRIBE with one forbidden filter
 * is kept in the session whole, and comes to life when the device connects again.
 */
export function gate(client: Client, admits: (packet: Packet) => boolean): void {
  const parser = internalsOf(client)._parser;
  const listeners = parser.listeners("packet");
  parser.removeAllListeners("packet");
  parser.on("packet", (packet: Packet) => {
    if (!admits(packet)) return;
    for (const listener of listeners) listener.call(parser, packet);
  });
}

/** Drops what the broker keeps of a device's session; a connected client loses its subscriptions, and is not told. */
export async function dropSession(
  broker: Aedes,
  options: { id: string; client: Client | undefined },
): Promise<void> {
  const { id, client } = options;
  await (broker as unknown as BrokerInternals).persistence.cleanSubscriptions({ id });
  if (client === undefined) return;
  const filters = Object.keys(internalsOf(client).subscriptions);
  await new Promise<void>((resolve) => {
    client.unsubscribe({ cmd: "unsubscribe", unsubscriptions: filters }, () => resolve());
  });
}
