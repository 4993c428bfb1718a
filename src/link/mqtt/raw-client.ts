import { EventEmitter } from "node:events";
import { type Duplex, PassThrough } from "node:stream";
import { messageOf } from "../../errors.ts";

/** The part of mqtt.js 4's client that we use beside the SDK. */
export interface RawMqttClient extends EventEmitter {
  readonly stream: Duplex;
  /** False while a keep-alive ping waits for its answer. */
  readonly pingResp?: boolean;
  readonly options?: { readonly protocolVersion?: number };
  publish(
    topic: string,
    payload: string | Buffer,
    options: { qos: 0 | 1 },
    done: (error?: Error) => void,
  ): void;
  subscribe(
    filters: Readonly<Record<string, { readonly qos: 0 | 1 }>>,
    done: (error: Error | null, granted?: { topic: string; qos: number }[]) => void,
  ): void;
  unsubscribe(filter: string, done: (error?: Error) => void): void;
  /** The packet id of what was published last. */
  getLastMessageId(): number;
  /** Forgets a publish that waits for its PUBACK, and calls back that it failed. */
  removeOutgoingMessage(packetId: number): void;
}

/** A message that came in. */
export interface ReceivedPacket {
  readonly topic: string | Buffer;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly messageId?: number;
}

type HandleMessage = (packet: ReceivedPacket, done: (error?: Error) => void) => void;

/** To mqtt.js an error: then it sends no PUBACK, and goes on with the next packet all the same. */
const NOT_YET = new Error("acknowledged later");

/**
 * Takes the acknowledgement of some messages away from mqtt.js, which sends it as soon as a message has come. It never
 * waits: while one is not acknowledged, those behind it are read (client.js 4.3.8, `_handlePublish` and `work`).
 * @param takes is given each message; true if `acknowledgePacket` will be called for it
 */
export function takeAcknowledgements(
  client: RawMqttClient,
  takes: (packet: ReceivedPacket) => boolean,
): void {
  const own = client as unknown as { handleMessage: HandleMessage };
  own.handleMessage = (packet, done) => {
    if (takes(packet) && packet.qos === 1) done(NOT_YET);
    else done();
  };
}

/** Tells the hub that a message of QoS 1 has arrived. */
export function acknowledgePacket(client: RawMqttClient, packetId: number): void {
  const own = client as unknown as { _sendPacket(packet: object): void };
  own._sendPacket({ cmd: "puback", messageId: packetId });
}

type HandlePacket = (packet: unknown, done: (error?: Error) => void) => void;

/**
 * Lets a packet that mqtt.js chokes on (a PUBREL without an id is one) end its connection: it would throw out of the
 * socket's event, and end the process.
 * @returns how many packets it has begun to handle so far
 */
export function guardPackets(client: RawMqttClient): () => number {
  const own = client as unknown as { _handlePacket: HandlePacket };
  const handle = own._handlePacket;
  let handled = 0;
  own._handlePacket = function guarded(packet, done) {
    handled += 1;
    try {
      handle.call(client, packet, done);
    } catch (error) {
      client.stream.destroy(new Error(`a packet that mqtt.js cannot handle: ${messageOf(error)}`));
    }
  };
  return () => handled;
}

/**
 * Stands in for a client that could not be made at all, as the TLS settings were refused: it fails as one that could not
 * connect. The SDK asks for its client out of a callback of its own, where an error thrown ends the process.
 */
export function stillbornClient(error: unknown): RawMqttClient {
  class Stillborn extends EventEmitter {
    readonly stream = new PassThrough().destroy();
    publish(_topic: string, _payload: string, _options: object, done: (error?: Error) => void): void {
      done(error as Error);
    }
    subscribe(_filters: object, done: (error: Error | null) => void): void {
      done(error as Error);
    }
    unsubscribe(): void {}
    getLastMessageId(): number {
      return 0;
    }
    removeOutgoingMessage(): void {}
    end(_force: boolean, done?: () => void): void {
      if (done) process.nextTick(done);
    }
  }
  const client = new Stillborn();
  process.nextTick(() => {
    client.emit("error", error);
    client.emit("close");
  });
  return client;
}
