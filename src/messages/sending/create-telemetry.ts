import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { HubhandError } from "../../errors.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { MOST_MESSAGE_BYTES } from "../../rules/message-rules.ts";
import type { Outbox, OutgoingMessage } from "../outbox/outbox.ts";
import type { Telemetry } from "../telemetry.ts";
import { checkOptions } from "./check-options.ts";
import { encodeBody, invalid } from "./message-body.ts";

/** A text of MQTT has 65,535 bytes at most (3.1.1, section 1.5.3); the rest of the topic takes some of them. */
const MOST_TOPIC_BYTES = 64_000;

export interface TelemetryMaker {
  /** What this plugin tells the hub with; its streams are its own. */
  forPlugin(name: string): Telemetry;
}

export interface TelemetryMakerOptions {
  readonly outbox: Pick<Outbox, "add">;
  /** Milliseconds. */
  readonly timeToLive: number;
  readonly metrics: Pick<Metrics, "messages">;
  readonly clock: Pick<Clock, "wallClock">;
  /** A new message id. */
  readonly newId?: () => string;
}

/** Checks what plugins want to tell the hub, and hands it to the outbox in the form in which it is sent. */
export function createTelemetry(options: TelemetryMakerOptions): TelemetryMaker {
  const { outbox, metrics, clock, newId = randomUUID } = options;

  /** All that the sender may change later is taken now. */
  function toMessage(plugin: string, body: unknown, given: unknown): OutgoingMessage {
    const { stream, timeToLive = options.timeToLive, messageId = newId(), ...checked } = checkOptions(given);
    const { bytes, contentType, contentEncoding } = encodeBody(body, checked);
    const createdAt = clock.wallClock();
    const message: OutgoingMessage = {
      ...checked,
      messageId,
      stream: `${plugin}/${stream}`,
      body: bytes,
      contentType,
      contentEncoding,
      createdAt,
      expiresAt: createdAt + timeToLive,
    };
    checkSize(message);
    return message;
  }

  return {
    forPlugin: (plugin) => ({
      async send(body, given) {
        try {
          const message = toMessage(plugin, body, given);
          await outbox.add(message);
          return { messageId: message.messageId };
        } catch (error) {
          metrics.messages.inc({ direction: "device_to_cloud", outcome: "refused" });
          throw error;
        }
      },
    }),
  };
}

function checkSize(message: OutgoingMessage): void {
  const { body, properties, messageId, correlationId, contentType, contentEncoding, output } = message;
  const texts = [
    ...Object.entries(properties).flat(),
    ...[messageId, correlationId, contentType, contentEncoding, output].filter((text) => text !== undefined),
  ];
  const bytes = body.length + sum(texts, (text) => Buffer.byteLength(text));
  if (bytes > MOST_MESSAGE_BYTES)
    throw new HubhandError(
      "MESSAGE_TOO_LARGE",
      `the message is not sent: it has ${bytes} bytes, body and properties; the hub takes ${MOST_MESSAGE_BYTES}. Send it in parts, or upload it elsewhere and send where it is`,
      { details: { bytes, limit: MOST_MESSAGE_BYTES } },
    );
  const inTopic = sum(texts, (text) => encodeURIComponent(text).length + 1);
  if (inTopic > MOST_TOPIC_BYTES)
    throw invalid(
      `option properties has ${inTopic} bytes as MQTT writes them; expected ${MOST_TOPIC_BYTES} at most: put some into the body`,
    );
}

const sum = (texts: readonly string[], of: (text: string) => number): number =>
  texts.reduce((total, text) => total + of(text), 0);
