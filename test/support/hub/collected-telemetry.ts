import { encodeBody, isJsonType } from "../../../src/messages/sending/message-body.ts";
import type { Telemetry, TelemetryOptions } from "../../../src/messages/telemetry.ts";

/** A message that a plugin has handed over. */
export interface CollectedMessage {
  readonly plugin: string;
  /** Parsed, of JSON; a text; or bytes. */
  readonly body: unknown;
  readonly options: TelemetryOptions;
}

export interface CollectedTelemetry {
  telemetryFor(plugin: string): Telemetry;
  readonly sent: readonly CollectedMessage[];
  /** Promises nothing until the function returned is called. */
  hold(): () => void;
  /** Refuses all from now on; nothing if there is no error. */
  refuse(error: Error | undefined): void;
}

/** Keeps what plugins tell the hub for a test to see. */
export function createCollectedTelemetry(): CollectedTelemetry {
  const sent: CollectedMessage[] = [];
  let open: Promise<void> | undefined;
  let refusal: Error | undefined;
  return {
    sent,
    hold() {
      const held = Promise.withResolvers<void>();
      open = held.promise;
      return () => {
        open = undefined;
        held.resolve();
      };
    },
    refuse(error) {
      refusal = error;
    },
    telemetryFor: (plugin) => ({
      async send(given, options = {}) {
        if (refusal !== undefined) throw refusal;
        sent.push({ plugin, body: bodyOf(given, options), options });
        const messageId = `m${sent.length}`;
        await open;
        return { messageId };
      },
    }),
  };
}

function bodyOf(given: unknown, options: TelemetryOptions): unknown {
  const { bytes, contentType, contentEncoding } = encodeBody(given, options);
  const buffer = Buffer.from(bytes);
  if (isJsonType(contentType)) return JSON.parse(buffer.toString());
  return contentEncoding === "utf-8" ? buffer.toString() : buffer;
}
