import type { Message } from "rhea";
import { HubError } from "../hub-error.ts";
import type { Ack, CloudMessage } from "../messages/cloud-message.ts";
import type { PropertyBag } from "../messages/property-bag.ts";

const TO = /^\/devices\/([^/]+)\/messages\/devicebound$/i;
/** The application property in which azure-iothub puts `message.ack` (its amqp_message.js). */
const ACK = "iothub-ack";

/** What a back end sent to the node of cloud-to-device messages, and to whom. @throws HubError ArgumentInvalid */
export function readSentMessage(
  message: Message,
  uuidToString: (uuid: Buffer) => string,
): { deviceId: string; message: CloudMessage } {
  const { [ACK]: ack, ...own } = message.application_properties ?? {};
  const id = (value: unknown) => (value instanceof Buffer ? uuidToString(value) : textOf(value));
  const texts = {
    messageId: id(message.message_id),
    correlationId: id(message.correlation_id),
    userId: textOf(message.user_id),
    contentType: textOf(message.content_type),
    contentEncoding: textOf(message.content_encoding),
  };
  const expiry = message.absolute_expiry_time as unknown;
  return {
    deviceId: readAddressee(message.to),
    message: {
      ...(Object.fromEntries(Object.entries(texts).filter(([, text]) => text)) as Partial<typeof texts> &
        object),
      ...(expiry === undefined || expiry === null ? {} : { expiryTimeUtc: new Date(Number(expiry)) }),
      ...(ack === undefined || ack === null ? {} : { ack: textOf(ack) as Ack }),
      properties: toProperties(own),
      payload: readBody(message.body),
    } as CloudMessage,
  };
}

function readAddressee(to: unknown): string {
  const encoded = TO.exec(textOf(to) ?? "")?.[1];
  if (encoded === undefined) throw invalid("to is /devices/{id}/messages/devicebound");
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalid("the device id in to is not URL-encoded");
  }
}

/** Properties are text in MQTT, whatever they were. */
function toProperties(given: Record<string, unknown>): PropertyBag {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, textOf(value) ?? null]));
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

/** Data as it is, be it of several sections; a value only if it is text. */
function readBody(body: unknown): Uint8Array {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Buffer) return body;
  const content = (body as { content?: unknown }).content;
  if (content instanceof Buffer) return content;
  if (Array.isArray(content) && content.every((part) => part instanceof Buffer))
    return Buffer.concat(content);
  throw invalid("the body is not binary data");
}

function invalid(message: string): HubError {
  return new HubError("ArgumentInvalid", message);
}
