import type { Delivery } from "../../../messages/inbox/handler.ts";
import { KIBIBYTE } from "../../../sizes.ts";

/** Servers take 8 KiB of headers in all, some 16 (Node, nginx, gunicorn). */
const LONGEST_PROPERTIES = 6 * KIBIBYTE;

/**
 * What a service is told of a message besides its body. What is not ASCII is written as in an address; properties as in
 * the query of one.
 * @throws Error if the properties are too long for a header
 */
export function messageHeaders({
  name,
  payload,
  message,
  attempt,
  timeout,
}: Delivery): Record<string, string> {
  const { messageId, correlationId, contentType, properties, input } = message;
  const query = new URLSearchParams(properties).toString();
  if (query.length > LONGEST_PROPERTIES)
    throw new Error(
      `the message's properties have over ${LONGEST_PROPERTIES} characters, too many for a header`,
    );
  return {
    "content-type": typeOf(payload, contentType),
    "hubhand-message": encodeURIComponent(name),
    "hubhand-attempt": String(attempt),
    "hubhand-timeout-ms": String(timeout),
    ...(query === "" ? {} : { "hubhand-message-properties": query }),
    ...encoded("hubhand-message-id", messageId),
    ...encoded("hubhand-correlation-id", correlationId),
    ...encoded("hubhand-message-input", input),
  };
}

const encoded = (header: string, value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { [header]: encodeURIComponent(value) };

function typeOf(payload: unknown, given: string | undefined): string {
  if (typeof payload === "string") return "text/plain; charset=utf-8";
  if (!(payload instanceof Uint8Array)) return "application/json";
  const isHeader = given !== undefined && /^[\x20-\x7e]+$/.test(given);
  return isHeader ? given : "application/octet-stream";
}
