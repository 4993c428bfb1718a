import type { Duplex } from "node:stream";

/** A packet from the hub, as its bytes on the wire and taken apart as far as anyone asks. */
export interface Frame {
  bytes: Buffer;
  packet: string;
  topic?: string;
  qos?: number;
  payload?: Buffer;
  /** The packet identifier. */
  messageId?: number;
  /** Of a CONNACK. */
  returnCode?: number;
  sessionPresent?: boolean;
  /** Of a SUBACK. */
  granted?: number[];
}

/** The names of MQTT's control packets, by their number (MQTT 3.1.1, section 2.2.1). */
const NAMES = [
  "reserved",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
];

/**
 * Stands between the broker and the stream it writes to: each whole packet goes to `take`, which says whether more may be
 * written. A broker writes a packet in several pieces, within one tick. Returns the way past it.
 */
export function interceptWrites(
  stream: Duplex,
  take: (frame: Frame) => boolean,
): (bytes: Buffer, done?: () => void) => boolean {
  const write = stream.write.bind(stream) as (bytes: Buffer, done?: () => void) => boolean;
  let rest: Buffer = Buffer.alloc(0);
  stream.write = (chunk: unknown, ...more: unknown[]) => {
    const encoding = typeof more[0] === "string" ? (more[0] as BufferEncoding) : "utf8";
    const piece = typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk as Buffer);
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let writable = true;
    for (let size = sizeOfFirst(rest); size !== undefined; size = sizeOfFirst(rest)) {
      const frame = readFrame(rest.subarray(0, size));
      rest = rest.subarray(size);
      writable = take(frame);
    }
    const done = more.at(-1);
    if (typeof done === "function") process.nextTick(done as () => void);
    return writable;
  };
  return write;
}

/** The length of the first whole packet; undefined if there is none yet. */
export function sizeOfFirst(bytes: Buffer): number | undefined {
  let length = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (index - 1);
    if (byte <= 0x7f) return bytes.length >= index + 1 + length ? index + 1 + length : undefined;
  }
  return undefined;
}

/** Takes a whole packet apart: of those that a hub sends, all that they say. */
export function readFrame(bytes: Buffer): Frame {
  const first = bytes[0] ?? 0;
  const packet = NAMES[first >> 4] ?? "reserved";
  let start = 1;
  while ((bytes[start] ?? 0) > 0x7f) start++;
  const body = bytes.subarray(start + 1);
  switch (packet) {
    case "connack":
      return { bytes, packet, sessionPresent: body[0] === 1, returnCode: body[1] ?? 0 };
    case "publish": {
      const qos = (first >> 1) & 0b11;
      const topicEnd = 2 + body.readUInt16BE(0);
      const payload = body.subarray(topicEnd + (qos > 0 ? 2 : 0));
      const id = qos > 0 ? { messageId: body.readUInt16BE(topicEnd) } : {};
      return { bytes, packet, topic: body.toString("utf8", 2, topicEnd), qos, payload, ...id };
    }
    case "suback":
      return { bytes, packet, messageId: body.readUInt16BE(0), granted: [...body.subarray(2)] };
    case "puback":
    case "unsuback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return { bytes, packet, messageId: body.readUInt16BE(0) };
    default:
      return { bytes, packet };
  }
}

/** A login's refusal, or its acceptance with 0. */
export function connackFrame(returnCode: number): Buffer {
  return Buffer.from([0x20, 2, 0, returnCode]);
}

export function pubackFrame(messageId: number): Buffer {
  return Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]);
}
