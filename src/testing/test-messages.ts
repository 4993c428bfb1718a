import { systemClock } from "../clock.ts";
import { HOUR } from "../durations.ts";
import { createTelemetry } from "../messages/create-telemetry.ts";
import { isJsonType } from "../messages/message-body.ts";
import type { OutgoingMessage } from "../messages/outbox/outbox.ts";
import type { Telemetry, TelemetryOptions } from "../messages/telemetry.ts";
import type { Metrics } from "../observe/metrics.ts";

/** What the configuration has by default. */
const TIME_TO_LIVE_MS = 168 * HOUR;
const PRIORITIES = ["high", "normal", "low"] as const;

/** A message as the hub has it. */
export interface HubMessage {
  /** Parsed, of JSON; a text, of another that is UTF-8; else bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it expects.
  readonly body: any;
  readonly messageId: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

/** A message that a plugin under test has told the hub. */
export interface TestMessage extends HubMessage {
  /** As the plugin calls it; "" if it says nothing. */
  readonly stream: string;
  readonly priority: NonNullable<TelemetryOptions["priority"]>;
}

export interface TestMessages {
  telemetryFor(plugin: string): Telemetry;
  sent(): readonly TestMessage[];
}

/** Keeps what a plugin tells the hub, under the agent's rules of what can be sent. */
export function createTestMessages(metrics: Pick<Metrics, "messages">): TestMessages {
  const sent: TestMessage[] = [];
  const { forPlugin } = createTelemetry({
    outbox: { add: async (message) => void sent.push(testMessage(message)) },
    timeToLive: TIME_TO_LIVE_MS,
    metrics,
    clock: systemClock,
  });
  return { telemetryFor: forPlugin, sent: () => [...sent] };
}

function testMessage(message: OutgoingMessage): TestMessage {
  const { body, messageId, contentType, contentEncoding, properties, stream, priority } = message;
  return {
    body: readableBody({ body, contentType, contentEncoding }),
    messageId,
    contentType,
    contentEncoding,
    properties: { ...properties },
    stream: stream.slice(stream.indexOf("/") + 1),
    priority: PRIORITIES[priority],
  };
}

/** A body for a test to compare. */
export function readableBody({
  body,
  contentType = "",
  contentEncoding = "",
}: Pick<OutgoingMessage, "body" | "contentType" | "contentEncoding">): unknown {
  if (!/^utf-?8$/i.test(contentEncoding)) return body;
  const text = Buffer.from(body).toString("utf8");
  return isJsonType(contentType) ? (JSON.parse(text) as unknown) : text;
}
