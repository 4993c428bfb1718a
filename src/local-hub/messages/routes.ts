import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { HubError } from "../hub-error.ts";
import { json } from "../service-face/answers.ts";
import type { Route, ServiceRequest } from "../service-face/routing.ts";
import { readWritable } from "../writable-json.ts";
import type { Ack, CloudMessage } from "./cloud-message.ts";
import type { DeviceMessage } from "./device-message.ts";
import { eventStream } from "./event-stream.ts";
import type { MessageCentre } from "./index.ts";
import type { Numbered, WritableLog } from "./log.ts";
import type { PropertyBag } from "./property-bag.ts";

/** The names of Microsoft's own HTTP interface for messages (azure-iot-device-http's http.js). */
const APPLICATION_PROPERTY = "iothub-app-";

/** Messages over HTTPS; under /hubhand/ is what the service itself offers by AMQP only. */
export function messageRoutes({ messages }: { messages: MessageCentre }): Route[] {
  const stream = <Entry extends Numbered>(
    log: WritableLog<Entry>,
    { query, header, signal }: ServiceRequest,
    render: (entry: Entry) => unknown,
  ) => {
    const from = query.get("from");
    if (from !== null && from !== "start")
      throw new HubError("ArgumentInvalid", '"from" can only be "start"');
    return eventStream(log, {
      render,
      signal,
      deviceId: query.get("deviceId") ?? undefined,
      lastEventId: header("last-event-id"),
      fromStart: from === "start",
    });
  };

  return [
    {
      method: "GET",
      path: "/hubhand/messages/events",
      right: "ServiceConnect",
      handle: (request) => stream(messages.log, request, toDocument),
    },
    {
      method: "GET",
      path: "/hubhand/messages/feedback",
      right: "ServiceConnect",
      handle: (request) => stream(messages.feedback, request, (record) => record),
    },
    {
      method: "POST",
      path: "/hubhand/devices/{deviceId}/messages",
      right: "ServiceConnect",
      async handle(request) {
        const { deviceId = "" } = request.parameters;
        return json(await messages.send(deviceId, readMessage(request)), { status: 201 });
      },
    },
    {
      // learn.microsoft.com, "IoT Hub REST: purge command queue".
      method: "DELETE",
      path: "/devices/{deviceId}/commands",
      right: "ServiceConnect",
      handle({ parameters: { deviceId = "" } }) {
        return json({ deviceId, totalMessagesPurged: messages.purge(deviceId) });
      },
    },
  ];
}

function readMessage({ body, header, headers, query }: ServiceRequest): CloudMessage {
  const given = {
    messageId: header("iothub-messageid"),
    correlationId: header("iothub-correlationid"),
    userId: header("iothub-userid"),
    contentType: header("iothub-contenttype"),
    contentEncoding: header("iothub-contentencoding"),
    expiryTimeUtc: header("iothub-expiry"),
    ack: header("iothub-ack") as Ack | undefined,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(present) as Partial<Record<string, string>>),
    payload: body,
    properties: { ...applicationProperties(headers), ...applicationProperties(Object.fromEntries(query)) },
  };
}

/** Header names lose their capitals on the way; names in the query do not. */
function applicationProperties(given: IncomingHttpHeaders | Record<string, string>): PropertyBag {
  const own = Object.entries(given).flatMap(
    ([name, value]): Array<[string, string]> =>
      name.startsWith(APPLICATION_PROPERTY) && typeof value === "string"
        ? [[name.slice(APPLICATION_PROPERTY.length), value]]
        : [],
  );
  return Object.fromEntries(own);
}

/** With the body as it is, in base64, and where it can be read as text or JSON, that too. */
function toDocument(message: DeviceMessage): Record<string, unknown> {
  const { body, ...rest } = message;
  return { ...rest, body: body.toString("base64"), ...readable(body) };
}

function readable(body: Buffer): { text?: string; json?: unknown } {
  if (!isUtf8(body)) return {};
  const text = body.toString("utf8");
  const read = readWritable(text);
  return read === undefined ? { text } : { text, json: read.value };
}
