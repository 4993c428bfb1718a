import { clientIdOf } from "../client-id.ts";

/** Which way a packet goes. */
export type Direction = "from-device" | "to-device";

/** The ports of the hub at which TLS is spoken. */
export const TLS_PORTS = ["mqtt", "https", "amqp"] as const;
export type TlsPort = (typeof TLS_PORTS)[number];

/** What publishes are for, by their topic: the words of the field. */
const MEANINGS = [
  "message",
  "method-request",
  "method-reply",
  "twin-get",
  "twin-update",
  "twin-answer",
  "desired-change",
  "cloud-message",
] as const;
type Meaning = (typeof MEANINGS)[number];

const PACKETS = [
  "connect",
  "connack",
  "publish",
  "puback",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
] as const;

/** The moments of MQTT at which something can go wrong: a packet by its type, or a publish by what it is for. */
export const PACKET_MOMENTS = [...PACKETS, ...MEANINGS] as const;
/** And those of the REST API. */
export const MOMENTS = [...PACKET_MOMENTS, "rest-request", "rest-answer"] as const;
export type Moment = (typeof MOMENTS)[number];

/** A chance for something to go wrong. */
export type Occasion =
  | {
      place: "mqtt";
      direction: Direction;
      packet: string;
      meaning?: Meaning;
      clientId?: string;
      /** Of a CONNACK. */
      returnCode?: number;
    }
  | {
      place: "rest";
      step: "rest-request" | "rest-answer";
      method: string;
      path: string;
      clientId?: string;
    }
  | { place: "handshake"; port: TlsPort };

/** What a publish is for, by its topic; undefined if it is none of IoT Hub's. */
export function meaningOf(topic: string, direction: Direction): Meaning | undefined {
  if (direction === "from-device") {
    if (topic.startsWith("$iothub/methods/res/")) return "method-reply";
    if (topic.startsWith("$iothub/twin/GET/")) return "twin-get";
    if (topic.startsWith("$iothub/twin/PATCH/")) return "twin-update";
    return topic.includes("/messages/events") ? "message" : undefined;
  }
  if (topic.startsWith("$iothub/methods/POST/")) return "method-request";
  if (topic.startsWith("$iothub/twin/res/")) return "twin-answer";
  if (topic.startsWith("$iothub/twin/PATCH/")) return "desired-change";
  return topic.startsWith("devices/") ? "cloud-message" : undefined;
}

/** The name of an occasion in an event: the most telling of its moments. */
export function momentOf(occasion: Occasion): string {
  switch (occasion.place) {
    case "mqtt":
      return occasion.meaning ?? occasion.packet;
    case "rest":
      return occasion.step;
    case "handshake":
      return "handshake";
  }
}

/** Whom a path of the REST API concerns: `/twins/{device}`, `/devices/{device}/modules/{module}` and the like. */
export function clientIdOfPath(path: string): string | undefined {
  const [, deviceId, moduleId] =
    /^(?:\/hubhand)?\/(?:twins|devices|digitaltwins)\/([^/]+)(?:\/modules\/([^/]+))?/.exec(path) ?? [];
  try {
    if (deviceId === undefined) return undefined;
    const device = decodeURIComponent(deviceId);
    return moduleId === undefined
      ? device
      : clientIdOf({ deviceId: device, moduleId: decodeURIComponent(moduleId) });
  } catch {
    return undefined;
  }
}
