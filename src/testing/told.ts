/** What a test sees of messages to the hub; types alone, which a stranger compiles without our packages. */
import type { TelemetryOptions } from "../messages/telemetry.ts";

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

/** What goes with a message to a plugin; all of it may be left out. */
export interface MessageToPlugin {
  readonly properties?: Readonly<Record<string, string>>;
  readonly messageId?: string;
  readonly correlationId?: string;
  /** Default: none, so that it is read as what it looks like. */
  readonly contentType?: string;
}

/** How one attempt to have a message handled ended. `down`: there is nothing for now that could handle it. */
export type MessageOutcome = "ok" | "failed" | "timed_out" | "invalid" | "down";
