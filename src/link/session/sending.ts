import { asBuffer } from "../../as-buffer.ts";
import type { Clock } from "../../clock.ts";
import { HubhandError } from "../../errors.ts";
import type { MessageToHub } from "../hub-messages.ts";
import type { Identity } from "../identity.ts";
import type { RawMqttClient } from "../mqtt/raw-client.ts";
import { eventsTopic, LONGEST_TOPIC, messageTopic } from "../topics/message-topics.ts";

/** The largest message (IoT Hub quotas and throttling): a larger one would cost the session, and the next one too. */
const MOST_BYTES = 256 * 1024;

export interface SendingOptions {
  readonly identity: Identity;
  /** The connection, if it takes messages now. */
  open(): RawMqttClient | undefined;
  /** So long nothing has been acknowledged, in milliseconds, while something waits for it: the session is of no use. */
  readonly patience: number;
  outOfPatience(): void;
  readonly clock: Clock;
}

/** The messages on their way to the hub on one session. */
export interface Sending {
  /** Resolves at the PUBACK. Rejects with MESSAGE_TOO_LARGE, or if the session cannot or could not carry it. */
  send(message: MessageToHub): Promise<void>;
  /** Resolves when each that is on its way now has arrived or failed. */
  settled(): Promise<void>;
  /** Gives up whatever is on its way: mqtt.js would wait for it, for ever if need be, before it says goodbye. */
  abandon(): void;
}

interface OnItsWay extends PromiseWithResolvers<void> {
  /** Forgets it in mqtt.js. */
  forget(): void;
}

export function createSending({ identity, open, patience, outOfPatience, clock }: SendingOptions): Sending {
  const events = eventsTopic(identity);
  const pending = new Set<OnItsWay>();
  let lastArrival = 0;
  let stopWatching: (() => void) | undefined;

  /** One timer, however many messages: when it fires it is looked when the last one arrived. */
  function watch(within: number): void {
    stopWatching = clock.setTimer(within, () => {
      stopWatching = undefined;
      if (pending.size === 0) return;
      const left = patience - (clock.now() - lastArrival);
      if (left > 0) watch(left);
      else outOfPatience();
    });
  }

  return {
    send(message) {
      const client = open();
      if (client === undefined) return Promise.reject(new Error("this session takes no messages any more"));
      const topic = messageTopic(events, message);
      if (topic.length > LONGEST_TOPIC || message.body.byteLength > MOST_BYTES)
        return Promise.reject(tooLarge());
      if (pending.size === 0) lastArrival = clock.now();
      if (stopWatching === undefined) watch(patience);
      const onItsWay: OnItsWay = { ...Promise.withResolvers<void>(), forget() {} };
      pending.add(onItsWay);
      client.publish(topic, asBuffer(message.body), { qos: 1 }, (error) => {
        pending.delete(onItsWay);
        lastArrival = clock.now();
        if (error) onItsWay.reject(error);
        else onItsWay.resolve();
      });
      const packetId = client.getLastMessageId();
      onItsWay.forget = () => client.removeOutgoingMessage(packetId);
      return onItsWay.promise;
    },

    async settled() {
      await Promise.allSettled([...pending].map(({ promise }) => promise));
    },

    abandon() {
      stopWatching?.();
      stopWatching = undefined;
      for (const { reject, forget } of [...pending]) {
        reject(new Error("the session ended before the hub had acknowledged the message"));
        forget();
      }
      pending.clear();
    },
  };
}

function tooLarge(): HubhandError {
  return new HubhandError(
    "MESSAGE_TOO_LARGE",
    "a message is larger than the hub takes: at most 256 KiB, and its properties at most 64 KiB when they are encoded",
  );
}
