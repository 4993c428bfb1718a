import { randomUUID } from "node:crypto";
import { HubError } from "../hub-error.ts";
import { encodePropertyBag, type PropertyBag } from "./property-bag.ts";

/** The largest cloud-to-device message, in bytes, its properties included (learn.microsoft.com, "IoT Hub quotas and throttling"). */
const MESSAGE_LIMIT = 64 * 1024;
/** MQTT's own, in bytes; properties may grow threefold by their encoding. */
const TOPIC_LIMIT = 65_535;
/** How long a message waits that does not say it, in milliseconds: the service's default. */
const DEFAULT_LIFE_MS = 60 * 60_000;

/** Of which ends of its message a back end wants to be told. */
export type Ack = "none" | "positive" | "negative" | "full";

const ACKS: readonly unknown[] = ["none", "positive", "negative", "full"] satisfies Ack[];

/** What a back end sends to a device. */
export interface CloudMessage {
  payload: string | Uint8Array;
  /** One is made if absent. */
  messageId?: string;
  correlationId?: string;
  userId?: string;
  contentType?: string;
  contentEncoding?: string;
  /** Until when it may wait: ISO 8601, or a Date; an hour from now if absent. */
  expiryTimeUtc?: string | Date;
  /** `none` if absent. */
  ack?: Ack;
  /** The application's own. */
  properties?: PropertyBag;
}

/** A message in its device's queue, as it is kept. Times are milliseconds since 1970. */
export interface QueuedMessage
  extends Pick<CloudMessage, "correlationId" | "userId" | "contentType" | "contentEncoding"> {
  sequenceNumber: number;
  deviceId: string;
  /** Of the device that it is for: not of a later one of the same id. */
  generationId: string;
  messageId?: string;
  ack: Ack;
  enqueuedAt: number;
  expiresAt: number;
  /** Whether the sender said when it expires: only then the device is told. */
  expiryGiven: boolean;
  /** How often it was handed to the device. */
  deliveryCount: number;
  properties: PropertyBag;
  /** Base64. */
  payload: string;
}

/** @throws HubError ArgumentInvalid, MessageTooLarge */
export function toQueuedMessage(
  message: CloudMessage,
  options: Pick<QueuedMessage, "sequenceNumber" | "deviceId" | "generationId"> & { now: number },
): QueuedMessage {
  const { now, ...stamp } = options;
  const { payload, messageId, expiryTimeUtc, ack = "none", properties = {} } = message;
  const { correlationId, userId, contentType, contentEncoding } = message;
  const texts = { messageId, correlationId, userId, contentType, contentEncoding };
  for (const [name, value] of Object.entries(texts)) {
    if (value !== undefined && typeof value !== "string") throw invalid(`${name} is text`);
  }
  for (const value of Object.values(properties)) {
    if (value !== null && typeof value !== "string") throw invalid("a property is text, or null");
  }
  if (!ACKS.includes(ack)) throw invalid(`ack is one of ${ACKS.join(", ")}`);
  const expiresAt = expiryTimeUtc === undefined ? now + DEFAULT_LIFE_MS : readTime(expiryTimeUtc);
  const body = typeof payload === "string" ? Buffer.from(payload) : payload;
  const own = Object.entries(properties).flat();
  // learn.microsoft.com, "Create and read IoT Hub messages": of system properties the values count, of others the names too.
  const size = body.length + bytesIn(Object.values(texts)) + bytesIn(own);
  if (size > MESSAGE_LIMIT) {
    throw new HubError("MessageTooLarge", `the message has ${size} bytes, of at most ${MESSAGE_LIMIT}`);
  }
  const queued = {
    ...stamp,
    ...(Object.fromEntries(Object.entries(texts).filter(([, value]) => value)) as Partial<typeof texts>),
    ack,
    enqueuedAt: now,
    expiresAt,
    expiryGiven: expiryTimeUtc !== undefined,
    deliveryCount: 0,
    properties,
    payload: Buffer.from(body).toString("base64"),
  } as QueuedMessage;
  if (Buffer.byteLength(deviceboundTopic(queued)) > TOPIC_LIMIT) {
    throw new HubError(
      "MessageTooLarge",
      `the properties do not fit the ${TOPIC_LIMIT} bytes of an MQTT topic`,
    );
  }
  return queued;
}

/** For those who send by our own doors, and are told the id; by AMQP a message without one stays so. */
export function withMessageId(message: CloudMessage): CloudMessage & { messageId: string } {
  return { ...message, messageId: message.messageId || randomUUID() };
}

/**
 * Where the message is published: behind the device's own topic come all properties, system properties by their short
 * names, as azure-iot-device-mqtt takes them apart.
 */
export function deviceboundTopic(message: QueuedMessage): string {
  const { deviceId, messageId, correlationId, userId, contentType, contentEncoding, ack } = message;
  const system: Record<string, string | undefined> = {
    "$.mid": messageId,
    "$.cid": correlationId,
    "$.uid": userId,
    "$.to": `/devices/${deviceId}/messages/deviceBound`,
    "$.ct": contentType,
    "$.ce": contentEncoding,
    "$.exp": message.expiryGiven ? new Date(message.expiresAt).toISOString() : undefined,
    "iothub-ack": ack === "none" ? undefined : ack,
  };
  const present = Object.entries(system).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const given = Object.fromEntries(present);
  // Twice, as what comes first keeps its place, and what comes last its value: no property poses as the hub's own.
  const bag = encodePropertyBag({ ...given, ...message.properties, ...given });
  return `devices/${deviceId}/messages/devicebound/${bag}`;
}

function readTime(time: string | Date): number {
  const milliseconds = new Date(time).getTime();
  if (Number.isNaN(milliseconds)) throw invalid("expiryTimeUtc is a time in ISO 8601");
  return milliseconds;
}

function bytesIn(texts: ReadonlyArray<string | null | undefined>): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
}

function invalid(message: string): HubError {
  return new HubError("ArgumentInvalid", message);
}
