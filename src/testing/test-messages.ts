import { systemClock } from "../clock.ts";
import { HOUR } from "../durations.ts";
import type { OutgoingMessage } from "../messages/outbox/outbox.ts";
import { createTelemetry } from "../messages/sending/create-telemetry.ts";
import { isJsonType } from "../messages/sending/message-body.ts";
import type { Telemetry } from "../messages/telemetry.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import { PRIORITIES } from "../rules/message-rules.ts";
import type { TestMessage } from "./told.ts";

/** What the configuration has by default. */
const TIME_TO_LIVE_MS = 168 * HOUR;

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
