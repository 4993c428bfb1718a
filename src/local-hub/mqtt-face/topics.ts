import { resourceOf, whoIs } from "../client-id.ts";

/** The filter by which a device asks for direct methods; with it a connected device is "online". */
export const METHODS_FILTER = "$iothub/methods/POST/#";

/** What a publish of a device or module means, by its topic. */
export type DevicePublish =
  | { kind: "message"; properties: string }
  | { kind: "method-reply"; status: number; requestId: string }
  | { kind: "twin-request"; requestId: string };

const METHOD_REPLY = /^\$iothub\/methods\/res\/(-?\d{1,10})\/\?\$rid=([^&]+)$/;
const TWIN_REQUEST = /^\$iothub\/twin\/(?:GET|PATCH\/properties\/reported)\/\?\$rid=([^&]+)(?:&|$)/;

/**
 * Reads a topic that a client publishes to; undefined if IoT Hub does not let it publish there, and closes the connection
 * (learn.microsoft.com, "Communicate with an IoT hub using the MQTT protocol").
 */
export function readPublishTopic(topic: string, clientId: string): DevicePublish | undefined {
  const events = `${resourceOf(clientId)}/messages/events`;
  if (topic === events) return { kind: "message", properties: "" };
  if (topic.startsWith(`${events}/`)) {
    // The Node SDK puts a slash behind the message of a module's output; edgeHub takes it with or without.
    const properties = topic.slice(events.length + 1).replace(/(?<=.)\/$/, "");
    return properties.includes("/") ? undefined : { kind: "message", properties };
  }
  const reply = METHOD_REPLY.exec(topic);
  if (reply?.[2] !== undefined)
    return { kind: "method-reply", status: Number(reply[1]), requestId: reply[2] };
  const twin = TWIN_REQUEST.exec(topic);
  if (twin?.[1] !== undefined) return { kind: "twin-request", requestId: twin[1] };
  return undefined;
}

/**
 * Whether a client may subscribe to this filter: exactly these four, with exactly this wildcard. Messages come to a device
 * from the cloud, and to a module on its inputs.
 */
export function isSubscribable(filter: string, clientId: string): boolean {
  const messages = whoIs(clientId).moduleId === undefined ? "messages/devicebound" : "inputs";
  return (
    filter === METHODS_FILTER ||
    filter === "$iothub/twin/res/#" ||
    filter === "$iothub/twin/PATCH/properties/desired/#" ||
    filter === `${resourceOf(clientId)}/${messages}/#`
  );
}

/** Where a method request is published. The name is URL-encoded, the request id opaque. */
export function methodRequestTopic(request: { methodName: string; requestId: string }): string {
  return `$iothub/methods/POST/${encodeURIComponent(request.methodName)}/?$rid=${request.requestId}`;
}

/** Where the answer to a twin request is published. */
export function twinResponseTopic(response: { status: number; requestId: string }): string {
  return `$iothub/twin/res/${response.status}/?$rid=${response.requestId}`;
}
