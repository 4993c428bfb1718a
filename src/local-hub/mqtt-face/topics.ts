import { resourceOf, whoIs } from "../client-id.ts";

/** The filter by which a device asks for direct methods; with it a connected device is "online". */
export const METHODS_FILTER = "$iothub/methods/POST/#";
/** The filters by which a device asks for the answers to its twin requests, and for changes of its desired properties. */
export const TWIN_RESPONSES_FILTER = "$iothub/twin/res/#";
export const DESIRED_FILTER = "$iothub/twin/PATCH/properties/desired/#";

/** The filter by which a device asks for the messages that the cloud sends it. */
export function deviceboundFilter(deviceId: string): string {
  return `devices/${deviceId}/messages/devicebound/#`;
}

/** What a publish of a device or module means, by its topic. */
export type DevicePublish =
  | { kind: "message"; properties: string }
  | { kind: "method-reply"; status: number; requestId: string }
  | { kind: "twin-read"; requestId: string }
  | { kind: "twin-report"; requestId: string; ifVersion?: number };

const METHOD_REPLY = /^\$iothub\/methods\/res\/(-?\d{1,10})\/\?\$rid=([^&]+)$/;
const TWIN_READ = /^\$iothub\/twin\/GET\/\?\$rid=([^&]+)(?:&|$)/;
/** The version is that of the reported properties which the report builds on (the SDK's mqtt_twin_client.js). */
const TWIN_REPORT =
  /^\$iothub\/twin\/PATCH\/properties\/reported\/\?\$rid=([^&]+)(?:&\$version=(\d{1,15}))?(?:&|$)/;

/**
 * Reads a topic that a client publishes to; undefined if IoT Hub does not let it publish there, and closes the connection
 * (learn.microsoft.com, "Communicate with an IoT hub using the MQTT protocol").
 */
export function readPublishTopic(topic: string, clientId: string): DevicePublish | undefined {
  return topic.startsWith("$") ? readOwnTopic(topic) : readMessageTopic(topic, clientId);
}

function readMessageTopic(topic: string, clientId: string): DevicePublish | undefined {
  const events = `${resourceOf(clientId)}/messages/events`;
  if (topic === events) return { kind: "message", properties: "" };
  if (!topic.startsWith(`${events}/`)) return undefined;
  // The Node SDK puts a slash behind the message of a module's output; edgeHub takes it with or without.
  const properties = topic.slice(events.length + 1).replace(/(?<=.)\/$/, "");
  return properties.includes("/") ? undefined : { kind: "message", properties };
}

/** One of the service's own, `$iothub/…`. */
function readOwnTopic(topic: string): DevicePublish | undefined {
  const reply = METHOD_REPLY.exec(topic);
  if (reply?.[2] !== undefined)
    return { kind: "method-reply", status: Number(reply[1]), requestId: reply[2] };
  const read = TWIN_READ.exec(topic);
  if (read?.[1] !== undefined) return { kind: "twin-read", requestId: read[1] };
  const report = TWIN_REPORT.exec(topic);
  if (report?.[1] === undefined) return undefined;
  const ifVersion = report[2] === undefined ? {} : { ifVersion: Number(report[2]) };
  return { kind: "twin-report", requestId: report[1], ...ifVersion };
}

/**
 * Whether a client may subscribe to this filter: exactly these four, with exactly this wildcard. Messages come to a device
 * from the cloud, and to a module on its inputs.
 */
export function isSubscribable(filter: string, clientId: string): boolean {
  const messages = whoIs(clientId).moduleId === undefined ? "messages/devicebound" : "inputs";
  return (
    filter === METHODS_FILTER ||
    filter === TWIN_RESPONSES_FILTER ||
    filter === DESIRED_FILTER ||
    filter === `${resourceOf(clientId)}/${messages}/#`
  );
}

/** Where a method request is published. The name is URL-encoded, the request id opaque. */
export function methodRequestTopic(request: { methodName: string; requestId: string }): string {
  return `$iothub/methods/POST/${encodeURIComponent(request.methodName)}/?$rid=${request.requestId}`;
}

/** Where the answer to a twin request is published; that to a report has the new version. */
export function twinResponseTopic(response: { status: number; requestId: string; version?: number }): string {
  const { status, requestId, version } = response;
  return `$iothub/twin/res/${status}/?$rid=${requestId}${version === undefined ? "" : `&$version=${version}`}`;
}

/** Where a change of desired properties is published, with their new version. */
export function desiredTopic(version: number): string {
  return `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
}
