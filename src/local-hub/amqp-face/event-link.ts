import type { Message, Sender } from "rhea";
import rhea from "rhea";
import type { DeviceMessage } from "../messages/device-message.ts";
import type { WritableLog } from "../messages/log.ts";
import { type EventPosition, enqueuedAt } from "./event-position.ts";
import { hasCredit, onceAttached } from "./rhea-internals.ts";

/** Where the system's properties are in a message of AMQP; the others are annotations. */
const FIELDS: Record<string, string> = {
  "message-id": "message_id",
  "correlation-id": "correlation_id",
  "user-id": "user_id",
  to: "to",
  "content-type": "content_type",
  "content-encoding": "content_encoding",
};

/** Hands what devices sent to a reader, as fast as it wants it. It reads from what is kept: nothing waits for it. */
export function sendEvents(
  sender: Sender,
  { log, position }: { log: WritableLog<DeviceMessage>; position: EventPosition },
): { end(): void } {
  let { from } = position;
  let ended = false;
  let sent = 0;

  function sendAll(): void {
    while (!ended && hasCredit(sender, sent)) {
      const message = log.first(from);
      if (message === undefined) return;
      from = message.sequenceNumber + 1;
      if (!position.wants(message)) continue;
      sendSettled(sender, toEvent(message));
      sent += 1;
    }
  }

  sender.on("sendable", () => onceAttached(sendAll));
  const off = log.on(sendAll);
  return {
    end() {
      ended = true;
      off();
    },
  };
}

/**
 * There is nothing to acknowledge: a reader keeps its own position. And what a client acknowledges behind the end of its
 * session, as that of Event Hubs does when it closes in the midst of events, would be the end of the connection.
 */
function sendSettled(sender: Sender, event: Message): void {
  Object.assign(sender.send(event), { settled: true });
}

function toEvent(message: DeviceMessage): Message {
  const { sequenceNumber, systemProperties, properties, body } = message;
  const fields = Object.entries(systemProperties).filter(([name]) => Object.hasOwn(FIELDS, name));
  const annotations = Object.entries(systemProperties).filter(([name]) => !Object.hasOwn(FIELDS, name));
  const time = rhea.types.wrap_timestamp(enqueuedAt(message));
  return {
    ...Object.fromEntries(fields.map(([name, value]) => [FIELDS[name] ?? name, value])),
    message_annotations: {
      "x-opt-sequence-number": rhea.types.wrap_long(sequenceNumber),
      "x-opt-offset": String(sequenceNumber),
      "x-opt-enqueued-time": time,
      ...Object.fromEntries(annotations),
      "iothub-enqueuedtime": time,
    },
    ...(Object.keys(properties).length === 0 ? {} : { application_properties: { ...properties } }),
    body: rhea.message.data_section(body),
  } as unknown as Message;
}
