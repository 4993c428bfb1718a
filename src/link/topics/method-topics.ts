import { KIBIBYTE } from "../../sizes.ts";

/** What a device subscribes to for its direct methods. */
export const METHODS_FILTER = "$iothub/methods/POST/#";

const PREFIX = "$iothub/methods/POST/";
/** The reply's topic holds it again, in 65,535 bytes at the most; a character may have become three. The hub's have some forty. */
const LONGEST_REQUEST_ID = 16 * KIBIBYTE;
const NOT_PLAIN = /[/?%]/;
const REQUEST_ID = "/?$rid=";
const REQUEST = /^\$iothub\/methods\/POST\/([^/?]+)\/?\?(.*)$/;

/** Whether a topic is a direct method's, well formed or not: cheap, as each message is asked. */
export const isMethodTopic = (topic: string): boolean => topic.startsWith(PREFIX);

/**
 * Reads `$iothub/methods/POST/{name}/?$rid={rid}`; the name is URL-encoded, the request id opaque.
 * @returns undefined for a topic that is not of this form, or cannot be answered: from the hub it would be a fault, not a call
 */
export function parseMethodTopic(topic: string): { methodName: string; requestId: string } | undefined {
  const parsed = parsePlain(topic) ?? parseAny(topic);
  return parsed === undefined || parsed.requestId.length > LONGEST_REQUEST_ID ? undefined : parsed;
}

/** As hubs write it, with a name that is its own encoding: a fifth of the time. */
function parsePlain(topic: string): { methodName: string; requestId: string } | undefined {
  const nameEnd = topic.indexOf(REQUEST_ID, PREFIX.length);
  if (nameEnd <= PREFIX.length) return undefined;
  const methodName = topic.slice(PREFIX.length, nameEnd);
  const requestId = topic.slice(nameEnd + REQUEST_ID.length);
  return NOT_PLAIN.test(methodName) || requestId === "" || requestId.includes("&")
    ? undefined
    : { methodName, requestId };
}

function parseAny(topic: string): { methodName: string; requestId: string } | undefined {
  const match = REQUEST.exec(topic);
  if (match === null) return undefined;
  const [, name = "", query = ""] = match;
  const requestId = query
    .split("&")
    .find((pair) => pair.startsWith("$rid="))
    ?.slice("$rid=".length);
  if (requestId === undefined || requestId === "") return undefined;
  return { methodName: decode(name), requestId };
}

/** The topic of a reply; the request id goes back exactly as it came. */
export const replyTopic = (requestId: string, status: number): string =>
  `$iothub/methods/res/${status}/?$rid=${requestId}`;

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A lone % is a name like any other: there is no such method, and the caller is told so.
  }
}
