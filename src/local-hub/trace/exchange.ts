import type { Who } from "../client-id.ts";

/** An MQTT packet, of a device at the hub or of one that registers at the provisioning service. */
export interface PacketExchange extends Partial<Who> {
  face: "mqtt" | "provisioning";
  direction: "from-device" | "to-device";
  /** `address:port` of the device. */
  remote: string;
  /** Its type: `connect`, `publish`, … */
  packet: string;
  registrationId?: string;
  topic?: string;
  qos?: number;
  /** The packet identifier. */
  messageId?: number;
  /** `$rid` of the topic. */
  requestId?: string;
  /** Bytes of the payload. */
  bytes?: number;
  /** Cut, and without keys and tokens. */
  payload?: string;
  /** Of a CONNECT, which has its password left out. */
  userName?: string;
  cleanSession?: boolean;
  /** Seconds. */
  keepAlive?: number;
  /** Of a CONNACK. */
  returnCode?: number;
  sessionPresent?: boolean;
  /** Of SUBSCRIBE and UNSUBSCRIBE. */
  topics?: string[];
  /** Of a SUBACK: the QoS of each, 128 for none. */
  granted?: number[];
}

/** A request of the REST API of hub or provisioning service, or its answer. */
export interface CallExchange extends Partial<Who> {
  face: "https" | "provisioning";
  direction: "request" | "answer";
  remote: string;
  method: string;
  /** With its query. */
  path: string;
  status?: number;
  /** Milliseconds, of an answer. */
  durationMs?: number;
  /** Bytes of the body. */
  bytes: number;
  /** Cut, and without keys and tokens. */
  body?: string;
}

/** One thing that went over the wire, as told to `startLocalHub({ trace })`; never a key or a token. */
export type Exchange = PacketExchange | CallExchange;

export type TraceExchange = (exchange: Exchange) => void;
