/** What becomes of what was split: positions in bytes, `body` behind the fixed header. */
export interface SplitTaker {
  packet(
    bytes: Buffer,
    position: { readonly start: number; readonly body: number; readonly end: number },
  ): void;
  /** Bytes that are no MQTT, and whatever comes after them. */
  other(bytes: Buffer): void;
}

/** A length has so many bytes at the most (MQTT 3.1.1, section 2.2.3). */
const MOST_LENGTH_BYTES = 4;

/**
 * Cuts what a socket reads into MQTT packets. Nothing is copied but packets that came in pieces, those once.
 * @returns takes each chunk
 */
export function createPacketSplitter({ packet, other }: SplitTaker): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let held = 0;
  /** So many bytes, and the packet that came in pieces is whole, or its length is known. */
  let needed = 0;
  let isOther = false;

  function keep(bytes: Buffer, most: number): void {
    pieces = [bytes];
    held = bytes.length;
    needed = most;
  }

  function whole(chunk: Buffer): Buffer {
    pieces.push(chunk);
    const bytes = Buffer.concat(pieces);
    pieces = [];
    held = 0;
    return bytes;
  }

  return (chunk) => {
    if (isOther) return other(chunk);
    if (held > 0 && held + chunk.length < needed) {
      pieces.push(chunk);
      held += chunk.length;
      return;
    }
    const bytes = held > 0 ? whole(chunk) : chunk;
    for (let start = 0; start < bytes.length; ) {
      let body = start + 1;
      let length = 0;
      let unit = 1;
      for (;;) {
        const byte = bytes[body];
        if (byte === undefined) return keep(bytes.subarray(start), body - start + 1);
        body += 1;
        length += (byte & 0x7f) * unit;
        if (byte < 0x80) break;
        if (body - start > MOST_LENGTH_BYTES) {
          isOther = true;
          return other(bytes.subarray(start));
        }
        unit *= 0x80;
      }
      const end = body + length;
      if (end > bytes.length) return keep(bytes.subarray(start), end - start);
      packet(bytes, { start, body, end });
      start = end;
    }
  };
}
