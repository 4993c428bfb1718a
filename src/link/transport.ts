import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { Mqtt } from "azure-iot-device-mqtt";
import { MqttBase } from "azure-iot-mqtt-base";
import { isMethodTopic } from "./method-topics.ts";

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

export interface TransportTaps {
  /** Each connection that the SDK opens: one, unless it renews its token by itself. */
  onClient(client: RawMqttClient): void;
  onMethod(topic: string, payload: Uint8Array): void;
  /** A message that the SDK could not digest: without this it would end the process. */
  onUndigested(error: unknown): void;
}

type AuthenticationProvider = ConstructorParameters<typeof Mqtt>[0];
type MqttProvider = { connect(uri: string, options: object): RawMqttClient };

/**
 * The SDK's MQTT transport, tapped: the one place that stands on its internals (azure-iot-mqtt-base 1.13.3, where
 * `mqttProvider` makes each connection and `message` events pass through `emit`). The SDK keeps identity, login,
 * tokens and whatever else it is good at; direct methods go past it, because it
 * - answers nothing to a method that nobody registered, and some errors in its own words;
 * - reports a refused SUBSCRIBE as success;
 * - translates every error of a first connection to "unauthorized";
 * - throws out of the socket's event on a malformed topic.
 *
 * @returns a transport class for `Client.fromConnectionString`
 */
export function tappedTransport(
  taps: TransportTaps,
  limits: { connectTimeoutMs: number },
): new (
  authenticationProvider: AuthenticationProvider,
) => Mqtt {
  class TappedMqttBase extends MqttBase {
    constructor() {
      super();
      const own = this as unknown as { mqttProvider: MqttProvider };
      const mqttJs = own.mqttProvider;
      own.mqttProvider = {
        connect(uri, options) {
          const client = mqttJs.connect(uri, { ...options, connectTimeout: limits.connectTimeoutMs });
          taps.onClient(client);
          return client;
        },
      };
    }

    override emit(event: string | symbol, ...args: unknown[]): boolean {
      if (event !== "message") return super.emit(event, ...args);
      const [topic, payload] = args as [string, Uint8Array];
      try {
        if (!isMethodTopic(topic)) return super.emit(event, topic, payload);
        taps.onMethod(topic, payload);
      } catch (error) {
        taps.onUndigested(error);
      }
      return true;
    }
  }

  return class TappedMqtt extends Mqtt {
    constructor(authenticationProvider: AuthenticationProvider) {
      super(authenticationProvider, new TappedMqttBase());
    }
  };
}
