import type { RawMqttClient } from "./raw-client.ts";

/** The first byte of a PUBLISH at QoS 0. */
const PUBLISH = 0x30;
/** First byte, length, and the topic's length, at the most. */
const MOST_HEADER_BYTES = 1 + 4 + 2;
/** Room for some hundred replies, so that not each needs memory of its own. */
const ROOM_BYTES = 32 * 1024;

export interface DirectWriting {
  /** Whether messages can be written past mqtt.js; false before its first packet, and if it is not built as we know it. */
  readonly works: boolean;
  /**
   * Writes a message at QoS 0. The first of a turn of the event loop goes out at once, as whoever waits for it need not
   * wait for what its call is followed by (figures, a line of the log); all others of the turn together at its end: one
   * record of TLS, and one call of the system. Before that, if mqtt.js sends a packet: then in front of it.
   * @param topic at most 65,535 bytes
   */
  publish(topic: string, body: string): void;
}

/**
 * Writes messages to the socket of an mqtt.js client: mqtt.js 4.3.8 writes each in five pieces, and prepares them for what
 * QoS 0 does not need. It announces each packet of its own by `packetsend`. Its keep-alive pings go out whatever else is
 * sent, as the SDK has them (`reschedulePings: false`), so that it need not know of what is written here.
 * @param failed told for each write that came to nothing
 */
export function writeDirectly(client: RawMqttClient, failed: (error: Error) => void): DirectWriting {
  let room = Buffer.alloc(0);
  /** What is written from here on is not with the socket yet. */
  let from = 0;
  let at = 0;
  let announces = false;
  let isDue = false;
  const told = (error?: Error | null): void => {
    if (error) failed(error);
  };

  function flush(): void {
    if (from === at) return;
    const bytes = room.subarray(from, at);
    from = at;
    client.stream.write(bytes, told);
  }

  function endOfTurn(): void {
    isDue = false;
    flush();
  }

  client.on("packetsend", () => {
    announces = true;
    flush();
  });

  return {
    get works() {
      return announces && client.options?.protocolVersion === 4;
    },
    publish(topic, body) {
      const topicBytes = Buffer.byteLength(topic);
      const length = 2 + topicBytes + Buffer.byteLength(body);
      if (at + MOST_HEADER_BYTES + length > room.length) {
        flush();
        room = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, MOST_HEADER_BYTES + length));
        from = 0;
        at = 0;
      }
      room[at++] = PUBLISH;
      let rest = length;
      while (rest > 0x7f) {
        room[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      room[at++] = rest;
      room[at++] = topicBytes >>> 8;
      room[at++] = topicBytes & 0xff;
      at += room.write(topic, at);
      at += room.write(body, at);
      if (isDue) return;
      isDue = true;
      process.nextTick(endOfTurn);
      flush();
    },
  };
}
