import { TLSSocket } from "node:tls";
import { Mqtt } from "azure-iot-device-mqtt";
import { MqttBase } from "azure-iot-mqtt-base";
import type { Dialer } from "../dialing.ts";
import { isMethodTopic } from "../topics/method-topics.ts";
import { type DirectReading, readDirectly } from "./direct-reading.ts";
import { keepNoNumbers } from "./number-cache.ts";
import { guardPackets, type RawMqttClient, stillbornClient } from "./raw-client.ts";

export interface TransportTaps {
  /** Each connection that the SDK opens: one, unless it renews its token by itself. */
  onClient(client: RawMqttClient, reading: DirectReading): void;
  /** That connection's other side has proved over TLS who it is. */
  onSecured(): void;
  /** Every message; true if it is taken and the SDK shall not see it. */
  onMessage(topic: string, payload: Uint8Array): boolean;
  /** A message that the SDK could not digest: without this it would end the process. */
  onUndigested(error: unknown): void;
  /** Ends what is still being dialed. */
  readonly signal: AbortSignal;
}

type AuthenticationProvider = ConstructorParameters<typeof Mqtt>[0];
type MqttProvider = { connect(uri: string, options: object): RawMqttClient };

const NO_READING: DirectReading = { works: false };

/**
 * The SDK's MQTT connection, tapped: the one place that stands on its internals (azure-iot-mqtt-base 1.13.3, where
 * `mqttProvider` makes each connection and `message` events pass through `emit`). The SDK keeps identity, login and
 * tokens. What goes past it: how a connection is dialed (ports, WebSockets, proxies), raw errors, of which it makes
 * "unauthorized" all, and messages, since it throws out of the socket's event on a malformed one. Calls go past mqtt.js,
 * too, for the sake of speed; their way through `emit` is there for an mqtt.js that is not built as we know it.
 */
export function tappedMqttBase(taps: TransportTaps, dial: Dialer): MqttBase {
  keepNoNumbers();

  /** What it throws is told, and no more. */
  function digested(work: () => boolean): boolean {
    try {
      return work();
    } catch (error) {
      taps.onUndigested(error);
    }
    return true;
  }

  const take = (topic: string, payload: Uint8Array): boolean =>
    digested(() => taps.onMessage(topic, payload));

  return new (class extends MqttBase {
    constructor() {
      super();
      const own = this as unknown as { mqttProvider: MqttProvider };
      const mqttJs = own.mqttProvider;
      const connect = (uri: string, options: object): [RawMqttClient, DirectReading] => {
        try {
          const dialed = dial(uri, { secured: () => taps.onSecured(), signal: taps.signal });
          const client = mqttJs.connect(dialed.uri, { ...options, ...dialed.options });
          const handled = guardPackets(client);
          client.stream.once("secureConnect", () => taps.onSecured());
          // Node lets a small write wait for the acknowledgement of the one before, up to 40 ms: a reply that waits so is
          // late, and lost where the session is replaced meanwhile. WebSockets do not, by themselves.
          if (client.stream instanceof TLSSocket) client.stream.setNoDelay(true);
          return [client, readDirectly(client, { handled, wants: isMethodTopic, take })];
        } catch (error) {
          return [stillbornClient(error), NO_READING];
        }
      };
      own.mqttProvider = {
        connect(uri, options) {
          const [client, reading] = connect(uri, options);
          taps.onClient(client, reading);
          return client;
        },
      };
    }

    override emit(event: string | symbol, ...args: unknown[]): boolean {
      if (event !== "message") return super.emit(event, ...args);
      const [topic, payload] = args as [string, Uint8Array];
      return digested(() => taps.onMessage(topic, payload) || super.emit(event, topic, payload));
    }
  })();
}

/** A transport class for the SDK's clients, on a tapped connection. */
export function tappedTransport(
  taps: TransportTaps,
  dial: Dialer,
): new (
  authenticationProvider: AuthenticationProvider,
) => Mqtt {
  return class TappedMqtt extends Mqtt {
    constructor(authenticationProvider: AuthenticationProvider) {
      super(authenticationProvider, tappedMqttBase(taps, dial));
    }
  };
}
