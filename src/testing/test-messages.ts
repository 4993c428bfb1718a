import { randomUUID } from "node:crypto";
import { encodeBody, isJsonType } from "../messages/message-body.ts";
import type { Telemetry, TelemetryOptions } from "../messages/telemetry.ts";

/** A message that a plugin has told the hub. */
export interface TestMessage {
  /** Parsed, of JSON; a text, of another that is UTF-8; else bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it expects.
  readonly body: any;
  readonly messageId: string;
  readonly contentType: string;
  readonly contentEncoding: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  /** As it was sent; none if nothing was said. */
  readonly stream?: string;
  readonly priority?: TelemetryOptions["priority"];
}

/** Keeps what a plugin under test tells the hub. */
export function createTestMessages(): { readonly telemetry: Telemetry; sent(): readonly TestMessage[] } {
  const sent: TestMessage[] = [];
  return {
    telemetry: {
      async send(given, options = {}) {
        const { bytes, contentType, contentEncoding } = encodeBody(given, options);
        const { messageId = randomUUID(), properties = {}, stream, priority } = options;
        sent.push({
          body: parseBody({ bytes, contentType, contentEncoding }),
          messageId,
          contentType,
          contentEncoding,
          properties,
          ...(stream === undefined ? {} : { stream }),
          ...(priority === undefined ? {} : { priority }),
        });
        return { messageId };
      },
    },
    sent: () => [...sent],
  };
}

export function parseBody({
  bytes,
  contentType,
  contentEncoding,
}: {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}): unknown {
  if (contentEncoding === undefined || !/^utf-?8$/i.test(contentEncoding)) return bytes;
  const text = Buffer.from(bytes).toString("utf8");
  return contentType !== undefined && isJsonType(contentType) ? (JSON.parse(text) as unknown) : text;
}
