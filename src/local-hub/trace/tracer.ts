import type { IncomingMessage } from "node:http";
import { type Who, whoIs } from "../client-id.ts";
import type { Packet } from "../mqtt-face/aedes-internals.ts";
import { remoteOf } from "../ports/listen.ts";
import type { Answer } from "../service-face/answers.ts";
import type { Frame } from "../wire/frames.ts";
import type { Direction } from "../wire/moments.ts";
import type { PacketExchange, TraceExchange } from "./exchange.ts";
import { masked, maskedBytes } from "./mask.ts";

/** How much of a payload is told, in characters. */
const SHOWN = 200;
/** Of a topic, a path, a user name: long enough for every whole one. */
const NAME_SHOWN = 500;

/** Where a packet goes along. */
export interface Place {
  face: "mqtt" | "provisioning";
  remote: string;
  clientId: string | undefined;
}

interface Call {
  face: "https" | "provisioning";
  request: IncomingMessage;
  method: string;
  clientId: string | undefined;
}

/** Tells what goes over the wire, without keys and tokens. */
export interface Tracer {
  packet(packet: Packet, place: Place): void;
  frame(frame: Frame, place: Place): void;
  request(call: Call & { body: Buffer | undefined }): void;
  answer(call: Call & { answer: Answer; durationMs: number }): void;
}

export function createTracer(tell: TraceExchange): Tracer {
  return {
    packet(packet, place) {
      tell({ ...base(place, "from-device"), packet: packet.cmd, ...saidBy(packet) });
    },

    frame({ packet, bytes: _, topic, payload, ...said }, place) {
      const publish = topic === undefined ? {} : publishOf({ topic, payload: payload ?? Buffer.alloc(0) });
      tell({ ...base(place, "to-device"), packet, ...publish, ...said });
    },

    request({ body = Buffer.alloc(0), ...call }) {
      tell({ ...callOf(call), direction: "request", ...bodyOf(body) });
    },

    answer({ answer, durationMs, ...call }) {
      const { status, body = "" } = answer;
      tell({ ...callOf(call), direction: "answer", status, durationMs, ...bodyOf(Buffer.from(body)) });
    },
  };
}

function base({ face, remote, clientId }: Place, direction: Direction) {
  return { face, direction, remote, ...whoOf({ face, clientId }) };
}

function whoOf({ face, clientId }: Pick<Place, "face" | "clientId">): Partial<Who & PacketExchange> {
  if (clientId === undefined) return {};
  return face === "provisioning" ? { registrationId: clientId } : whoIs(clientId);
}

/** What a packet of a device says; its password is not even read. */
function saidBy(packet: Packet): Partial<PacketExchange> {
  switch (packet.cmd) {
    case "connect": {
      const { username = "", clean = false, keepalive = 0 } = packet;
      const userName = masked(username, { limit: NAME_SHOWN });
      return { userName, cleanSession: clean, keepAlive: keepalive };
    }
    case "publish": {
      const { topic, payload, qos, messageId } = packet;
      return { ...publishOf({ topic, payload }), qos, ...idOf(messageId) };
    }
    case "subscribe":
      return { ...idOf(packet.messageId), topics: packet.subscriptions.map(({ topic }) => named(topic)) };
    default:
      return idOf((packet as { messageId?: number }).messageId);
  }
}

function publishOf({ topic, payload }: { topic: string; payload: Buffer }): Partial<PacketExchange> {
  const [, requestId] = /\$rid=([^&]+)/.exec(topic) ?? [];
  return {
    topic: named(topic),
    ...(requestId === undefined ? {} : { requestId: named(requestId) }),
    bytes: payload.length,
    payload: maskedBytes(payload, { limit: SHOWN }),
  };
}

function callOf({ face, request, method, clientId }: Call) {
  return {
    face,
    remote: remoteOf(request.socket),
    method,
    path: named(request.url ?? "/"),
    ...(clientId === undefined ? {} : whoIs(clientId)),
  } as const;
}

function bodyOf(body: Buffer): { bytes: number; body?: string } {
  return { bytes: body.length, ...(body.length ? { body: maskedBytes(body, { limit: SHOWN }) } : {}) };
}

function named(text: string): string {
  return masked(text, { limit: NAME_SHOWN });
}

function idOf(messageId: number | undefined): { messageId?: number } {
  return messageId === undefined ? {} : { messageId };
}
