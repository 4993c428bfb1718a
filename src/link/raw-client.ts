import { EventEmitter } from "node:events";
import { type Duplex, PassThrough } from "node:stream";
import { messageOf } from "../errors.ts";

/** The part of mqtt.js 4's client that we use beside the SDK. */
export interface RawMqttClient extends EventEmitter {
  readonly stream: Duplex;
  /** False while a keep-alive ping waits for its answer. */
  readonly pingResp?: boolean;
  publish(topic: string, payload: string, options: { qos: 0 }, done: (error?: Error) => void): void;
  subscribe(
    topic: string,
    options: { qos: 0 },
    done: (error: Error | null, granted?: { topic: string; qos: number }[]) => void,
  ): void;
}

type HandlePacket = (packet: unknown, done: (error?: Error) => void) => void;

/**
 * Lets a packet that mqtt.js chokes on (a PUBREL without an id is one) end its connection: it would throw out of the
 * socket's event, and end the process.
 */
export function guardPackets(client: RawMqttClient): void {
  const own = client as unknown as { _handlePacket: HandlePacket };
  const handle = own._handlePacket;
  own._handlePacket = function guarded(packet, done) {
    try {
      handle.call(client, packet, done);
    } catch (error) {
      client.stream.destroy(new Error(`a packet that mqtt.js cannot handle: ${messageOf(error)}`));
    }
  };
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
    subscribe(_topic: string, _options: object, done: (error: Error | null) => void): void {
      done(error as Error);
    }
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
