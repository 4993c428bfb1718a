import type { Duration } from "../durations.ts";

/** How a message to the hub is sent; all of it may be left out. */
export interface TelemetryOptions {
  /** Messages of one stream (and one priority) arrive in the order in which they were sent. Default: one stream a plugin. */
  readonly stream?: string;
  /** Which goes first when both wait, and stays longest when there is no room. Default `normal`. */
  readonly priority?: "high" | "normal" | "low";
  /** How long it is worth sending; then it is dropped. Default `messages.outbox.timeToLive`. */
  readonly timeToLive?: Duration;
  /** Default: `application/json`, or `application/octet-stream` for bytes. */
  readonly contentType?: string;
  /** Default: `utf-8`; none for bytes. */
  readonly contentEncoding?: string;
  /** Application properties, which routes of the hub can ask for. */
  readonly properties?: Readonly<Record<string, string>>;
  /** The same for each attempt to deliver it, so that a double can be recognised. Default: a fresh UUID. */
  readonly messageId?: string;
  readonly correlationId?: string;
  /** The output of a module that it leaves by, for routes of IoT Edge. */
  readonly output?: string;
}

/** Tells the hub, whether it is in reach or not. */
export interface Telemetry {
  /**
   * Promises that the hub gets the message: resolves when the hub has it or when it is on disk, safe from a kill and a
   * power cut. It is delivered at least once, within its time to live, as long as there is room for it.
   * @param body what JSON can say; or bytes, or with a `contentType` that is not JSON a text, which are sent as they are
   * @throws HubhandError MESSAGE_INVALID, MESSAGE_TOO_LARGE, OUTBOX_FULL, AGENT_STOPPING; nothing is sent then
   */
  send(body: unknown, options?: TelemetryOptions): Promise<{ readonly messageId: string }>;
}
