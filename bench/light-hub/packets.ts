/** Of each packet: what it came in, where its first byte is, where its body begins, and where it ends. */
export type TakePacket = (bytes: Buffer, header: number, body: number, end: number) => void;

/**
 * Cuts what arrives into MQTT packets, wherever it was cut on the way, without copying what came whole: mqtt-packet makes
 * an object of each, which costs more than all else that the light hub does for a reply.
 */
export function createSplitter(take: TakePacket): (bytes: Buffer) => void {
  let rest: Buffer | undefined;

  return (arrived) => {
    const bytes = rest === undefined ? arrived : Buffer.concat([rest, arrived]);
    let header = 0;
    while (header < bytes.length) {
      let body = header + 1;
      let length = 0;
      let isWhole = false;
      // The length: seven bits a byte, the lowest first (MQTT 3.1.1, 2.2.3).
      for (let shift = 0; shift < 28 && body < bytes.length && !isWhole; shift += 7) {
        const digit = bytes[body] ?? 0;
        length |= (digit & 0x7f) << shift;
        isWhole = digit < 0x80;
        body += 1;
      }
      if (!isWhole || body + length > bytes.length) break;
      take(bytes, header, body, body + length);
      header = body + length;
    }
    rest = header < bytes.length ? bytes.subarray(header) : undefined;
  };
}

const PREFIX = Buffer.from("$iothub/methods/res/");
const RID = Buffer.from("/?$rid=");

/** A reply to a call: `onReply` gets its request id and status. @returns false if the publish is no such reply */
export function readReply(
  bytes: Buffer,
  body: number,
  onReply: (requestId: number, status: number) => void,
): boolean {
  const topic = body + 2;
  const end = topic + bytes.readUInt16BE(body);
  const digits = topic + PREFIX.length;
  if (end < digits || bytes.compare(PREFIX, 0, PREFIX.length, topic, digits) !== 0) return false;
  let at = digits;
  let status = 0;
  while (at < end && bytes[at] !== RID[0]) status = status * 10 + (bytes[at++] ?? 0) - 0x30;
  at += RID.length;
  let requestId = 0;
  while (at < end) {
    const digit = bytes[at++] ?? 0;
    requestId = requestId * 16 + (digit < 0x3a ? digit - 0x30 : (digit | 0x20) - 0x57);
  }
  onReply(requestId, status);
  return true;
}
