import { HubError } from "../hub-error.ts";
import type { DeviceMessage } from "../messages/device-message.ts";

/** From where a reader of the Event Hub wants its events. */
export interface EventPosition {
  /** The number of the first message to look at. */
  from: number;
  /** Of those, which it wants. */
  wants: (message: DeviceMessage) => boolean;
}

const SELECTOR = /^amqp\.annotation\.(x-opt-[a-z-]+) (>=?) '?([^']*)'?$/;

/**
 * Reads the selector of a receiver, `amqp.annotation.x-opt-offset > '@latest'` (@azure/event-hubs, eventPosition.js); without
 * one it wants all that is kept. Offsets are sequence numbers here. @throws HubError ArgumentInvalid
 */
export function readEventPosition(
  selector: string | undefined,
  { start, end }: { start: number; end: number },
): EventPosition {
  const all = () => true;
  if (selector === undefined) return { from: start, wants: all };
  const [, name, comparison, value = ""] = SELECTOR.exec(selector) ?? [];
  const inclusive = comparison === ">=";
  if (name === "x-opt-offset" && value === "@latest") {
    return { from: inclusive ? Math.max(start, end - 1) : end, wants: all };
  }
  const number = value === "" ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new HubError("ArgumentInvalid", "the filter is not a position");
  switch (name) {
    case "x-opt-offset":
    case "x-opt-sequence-number":
      return { from: inclusive ? number : number + 1, wants: all };
    case "x-opt-enqueued-time":
    case "x-opt-enqueuedtimeutc":
      return { from: start, wants: (message) => enqueuedAt(message) >= (inclusive ? number : number + 1) };
    default:
      throw new HubError("ArgumentInvalid", "the filter is not a position");
  }
}

/** Milliseconds since 1970. */
export function enqueuedAt({ systemProperties }: DeviceMessage): number {
  return Date.parse(systemProperties["iothub-enqueuedtime"] ?? "");
}
