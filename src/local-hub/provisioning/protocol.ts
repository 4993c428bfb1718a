import type { Packet } from "../mqtt-face/aedes-internals.ts";
import type { Question } from "./registrations.ts";

/** What a device asks over MQTT, and by what it will know the answer. */
export type MqttQuestion = Exclude<Question, { kind: "lookup" }> & { requestId: string };

const RESPONSES = "$dps/registrations/res/#";
const REGISTER = "$dps/registrations/PUT/iotdps-register/";
const STATUS = "$dps/registrations/GET/iotdps-get-operationstatus/";
/** The largest request, in bytes; the service's is not documented, a custom payload's worth is. */
export const REQUEST_LIMIT = 64 * 1024;
/** The largest packet, in bytes: such a request, with a topic as long as MQTT can write it. */
export const PACKET_LIMIT = REQUEST_LIMIT + 65 * 1024;
/** The same of a device that has not logged in: without a will, a CONNECT is an id, a user name and a token. */
export const LOGIN_LIMIT = 16 * 1024;
const USER_NAME = /^([^/]+)\/registrations\/([^/]+)\/(.*)$/;

/**
 * What is wrong with a login before its proof is looked at, if something is: the user name is
 * `{id scope}/registrations/{registration id}/api-version=…&ClientVersion=…`, the client id the registration id.
 */
export function loginFault(
  login: { clientId: string; userName: string | undefined },
  options: { idScope: string },
): string | undefined {
  const [, idScope, registrationId, query] = USER_NAME.exec(login.userName ?? "") ?? [];
  if (query === undefined) {
    return "the user name is not {id scope}/registrations/{registration id}/api-version=…";
  }
  if (idScope?.toLowerCase() !== options.idScope.toLowerCase()) return "the id scope is not this service's";
  if (registrationId !== login.clientId) return "the user name is of another device than the client id";
  if (!new URLSearchParams(query).get("api-version")) return "the user name has no api-version";
  return undefined;
}

/** Reads a topic that a device publishes to: `$rid` and the rest in any order. Undefined if it is no question. */
export function readQuestion(topic: string): MqttQuestion | undefined {
  const mark = topic.indexOf("?");
  if (mark === -1) return undefined;
  const path = topic.slice(0, mark);
  const query = new URLSearchParams(topic.slice(mark + 1));
  const requestId = query.get("$rid");
  if (!requestId) return undefined;
  if (path === REGISTER) return { kind: "register", requestId };
  const operationId = query.get("operationId");
  return path === STATUS && operationId ? { kind: "status", requestId, operationId } : undefined;
}

/** Where the answer to a question is published; `$rid` comes first, as SDKs that take it apart by hand expect. */
export function answerTopic(answer: {
  status: number;
  requestId: string;
  retryAfterSeconds?: number | undefined;
}): string {
  const { status, requestId, retryAfterSeconds } = answer;
  const wait = retryAfterSeconds === undefined ? "" : `&retry-after=${retryAfterSeconds}`;
  return `$dps/registrations/res/${status}/?$rid=${encodeURIComponent(requestId)}${wait}`;
}

/**
 * Why the connection must be closed, if it must. Makes the packet what the service would make of it: nothing is kept of a
 * device that has gone.
 */
export function packetFault(packet: Packet): string | undefined {
  switch (packet.cmd) {
    case "connect":
      packet.clean = true;
      return packet.will ? "it has a will" : undefined;
    case "publish":
      if (packet.qos === 2) return "it published with QoS 2";
      if (packet.payload.length > REQUEST_LIMIT) return "it published more than 64 KiB in one request";
      packet.retain = false;
      return readQuestion(packet.topic) ? undefined : "it published to a topic that asks nothing";
    case "subscribe":
      for (const subscription of packet.subscriptions) {
        if (subscription.topic !== RESPONSES) return `it subscribed to something else than ${RESPONSES}`;
        if (subscription.qos === 2) subscription.qos = 1;
      }
      return undefined;
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return "it spoke QoS 2";
    default:
      return undefined;
  }
}

/** The body of a registration, `{registrationId, payload?}`; undefined if it is something else. */
export function readRequest(body: Buffer): { registrationId: string; payload: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  const { registrationId, payload } = (value ?? {}) as { registrationId?: unknown; payload?: unknown };
  return typeof registrationId === "string" ? { registrationId, payload } : undefined;
}
