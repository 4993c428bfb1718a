import type { MessageFromHub, MessageToHub } from "../hub-messages.ts";
import type { Identity } from "../identity.ts";

type Who = Pick<Identity, "deviceId" | "moduleId">;

/** MQTT writes the length of a topic in two bytes (MQTT 3.1.1, section 1.5.3). */
export const LONGEST_TOPIC = 65_535;

const resourceOf = ({ deviceId, moduleId }: Who): string =>
  moduleId === undefined ? `devices/${deviceId}` : `devices/${deviceId}/modules/${moduleId}`;

/** Where a device or module sends its messages; behind it come their properties. */
export const eventsTopic = (who: Who): string => `${resourceOf(who)}/messages/events/`;

/** What a device subscribes to for messages from the cloud, and a module for those at its inputs. */
export const messagesFilter = (who: Who): string =>
  `${resourceOf(who)}/${who.moduleId === undefined ? "messages/devicebound" : "inputs"}/#`;

/**
 * The topic of one message, as the SDK writes it (azure-iot-device-mqtt 1.16.4, `_getEventTopicFromMessage`): what is
 * empty is left out, and a slash ends that of an output. The SDK knows no time of creation: its name is that of IoT Edge
 * and of Microsoft's other SDKs (`iothub-creation-time-utc`).
 */
export function messageTopic(events: string, message: MessageToHub): string {
  const { output } = message;
  let bag =
    pair("%24.on", output) +
    pair("%24.mid", message.messageId) +
    pair("%24.cid", message.correlationId) +
    pair("%24.ct", message.contentType) +
    pair("%24.ce", message.contentEncoding) +
    pair("%24.sub", message.component) +
    pair("%24.ctime", new Date(message.createdAt).toISOString());
  for (const [name, value] of Object.entries(message.properties)) bag += `&${encode(name)}=${encode(value)}`;
  return `${events}${bag.slice(1)}${output ? "/" : ""}`;
}

const pair = (encodedName: string, value: string | undefined): string =>
  value ? `&${encodedName}=${encode(value)}` : "";

/** Whether a topic is of a message to this device or module, well formed or not: cheap, as each message is asked. */
export const isMessageTopic = (topic: string): boolean => topic.startsWith("devices/");

const DEVICEBOUND = /^devices\/[^/]+\/messages\/devicebound(?:\/([^/]*))?/;
const INPUT = /^devices\/[^/]+\/modules\/[^/]+\/inputs\/([^/]+)(?:\/([^/]*))?/;

/**
 * Reads a message from the hub. Properties of the hub's own that nobody asks for (`$.to`, `$.exp`, `$.uid`) are left out.
 * @returns undefined for a topic that is not of this form
 */
export function parseMessage(topic: string, body: Uint8Array): MessageFromHub | undefined {
  const device = DEVICEBOUND.exec(topic);
  const module = device === null ? INPUT.exec(topic) : null;
  if (device === null && module === null) return undefined;
  const given = new Map(readBag(device?.[1] ?? module?.[2] ?? ""));
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value;
  };
  const message = {
    messageId: take("$.mid"),
    correlationId: take("$.cid"),
    contentType: take("$.ct"),
    contentEncoding: take("$.ce"),
    input: module?.[1] === undefined ? undefined : decode(module[1]),
    body,
  };
  for (const name of ["$.to", "$.exp", "$.uid"]) given.delete(name);
  // From entries, as a property called __proto__ is one like any other.
  return { ...message, properties: Object.fromEntries(given) };
}

function readBag(text: string): [string, string][] {
  return text
    .replace(/^\?/, "") // Written by SDKs of other languages; Edge passes it on.
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [decode(name), decode(value.join("="))];
    });
}

/** Half a character would throw, and its message would never go. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % is what it is: better than a message that nobody can read.
  }
}
