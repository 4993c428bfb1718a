import type { EventEmitter } from "node:events";
import { Readable } from "node:stream";
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
  _parser: Parser;
  _connectTimer: NodeJS.Timeout | null;
  _keepaliveTimer: NodeJS.Timeout | null;
  /** Milliseconds of silence after which it closes. */
  _keepaliveInterval: number;
}

/** mqtt-packet's. */
interface Parser extends EventEmitter {
  parse(bytes: Buffer): number;
  /** The one that is being read; its length is -1 until it was read. */
  packet: { length: number };
  error: Error | null;
  /** The bytes of it that are there, as they came. */
  _list: { _bufs: Buffer[]; slice(): Buffer; consume(bytes: number): void; append(bytes: Buffer): void };
}

/** What the broker keeps of sessions; of clean ones only the last is called. */
export interface Persistence {
  addSubscriptions(
    client: { id: string },
    subscriptions: ReadonlyArray<{ topic: string; qos: number }>,
  ): Promise<void>;
  removeSubscriptions(client: { id: string }, topics: readonly string[]): Promise<void>;
  cleanSubscriptions(client: { id: string }): Promise<void>;
}

/**
 * Takes the broker's way of messages from one client to the others out of it. No client of a hub may publish where another
 * may subscribe: what they say is for the hub, and what it says goes to the one connection, so that each packet would be
 * looked up among the subscriptions of all, and each SUBSCRIBE among the retained messages, for nothing. Times are as
 * they were: who subscribes is told a turn later.
 */
export function withoutDistribution(broker: Aedes): void {
  const later = (_filter: string, _deliver: unknown, done: () => void) => void setImmediate(done);
  Object.assign(broker, {
    publish(_packet: unknown, ...[client, done]: [unknown, (() => void)?]) {
      if (done) done();
      else if (typeof client === "function") client();
    },
    subscribe: later,
    unsubscribe: later,
  });
  Object.assign(persistenceOf(broker), {
    createRetainedStreamCombi: () => ({ pipe() {} }),
    outgoingStream: () => new Readable({ objectMode: true, read: nothing }),
  });
}

function nothing(this: Readable): void {
  this.push(null);
}

/** What a broker that listens keeps sessions in. */
export function persistenceOf(broker: Aedes): Persistence {
  return (broker as unknown as { persistence: Persistence }).persistence;
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

/** In how many pieces a packet may wait to be whole: each costs memory of its own, however small it is. */
const PIECES = 64;

/**
 * Bounds what a client can make the broker hold, which by itself waits for as much as a packet says that it will have, 256
 * MiB at the most. `tooLarge` is told as soon as a packet says that it has more than `limit()` bytes.
 */
export function boundPackets(
  client: Client,
  { limit, tooLarge }: { limit: () => number; tooLarge: (bytes: number) => void },
): void {
  const parser = internalsOf(client)._parser;
  const parse = parser.parse.bind(parser);
  let over = false;
  parser.parse = (bytes) => {
    if (over) return 0;
    const left = parse(bytes);
    const { length } = parser.packet;
    const pieces = parser._list;
    if (parser.error === null && length > limit()) {
      over = true;
      pieces.consume(left);
      tooLarge(length);
    } else if (pieces._bufs.length > PIECES) {
      const whole = pieces.slice();
      pieces.consume(whole.length);
      pieces.append(whole);
    }
    return left;
  };
}

/**
 * Puts a gate between the parser and the broker: a packet it refuses never reaches the broker. The public hooks are too
 * late: SUBACK repeats the QoS that was asked for whatever they lowered it to, and a SUBSCRIBE with one forbidden filter
 * is kept in the session whole, and comes to life when the device connects again.
 */
export function gate(client: Client, admits: (packet: Packet) => boolean): void {
  intercept(client, (packet, deliver) => {
    if (admits(packet)) deliver();
  });
}

/** The same for who decides later: `deliver` hands the packet on, to the gate before and the broker; a client that has closed takes none. */
export function intercept(client: Client, take: (packet: Packet, deliver: () => void) => void): void {
  const parser = internalsOf(client)._parser;
  const listeners = parser.listeners("packet");
  parser.removeAllListeners("packet");
  parser.on("packet", (packet: Packet) => {
    take(packet, () => {
      if (client.closed) return;
      for (const listener of listeners) listener.call(parser, packet);
    });
  });
}

/**
 * No more is read of the client, and its silence no longer counts against it; the way back. What is read already is for
 * whoever intercepts.
 */
export function stopReading(client: Client): () => void {
  const { _keepaliveTimer: keepAlive, _keepaliveInterval: silentMs } = internalsOf(client);
  const reader = client as Client & { pause(): void; resume(): void };
  reader.pause();
  waitForConnect(client);
  // Refreshed, not cleared: a timer that was cleared does not come back.
  const renewal = keepAlive && setInterval(() => keepAlive.refresh(), silentMs / 3);
  const stopRenewal = () => renewal && clearInterval(renewal);
  client.conn.once("close", stopRenewal);
  return () => {
    client.conn.off("close", stopRenewal);
    stopRenewal();
    if (!client.closed) reader.resume();
  };
}

/** The client's CONNECT may come as late as it likes. */
export function waitForConnect(client: Client): void {
  const { _connectTimer: timer } = internalsOf(client);
  if (timer !== null) clearTimeout(timer);
}

/** Drops what the broker keeps of a device's session; a connected client loses its subscriptions, and is not told. */
export async function dropSession(
  broker: Aedes,
  options: { id: string; client: Client | undefined },
): Promise<void> {
  const { id, client } = options;
  await persistenceOf(broker).cleanSubscriptions({ id });
  if (client === undefined) return;
  const filters = Object.keys(internalsOf(client).subscriptions);
  await new Promise<void>((resolve) => {
    client.unsubscribe({ cmd: "unsubscribe", unsubscriptions: filters }, () => resolve());
  });
}
