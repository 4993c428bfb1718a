import { createPacketSplitter } from "./packet-splitter.ts";
import type { RawMqttClient } from "./raw-client.ts";

/** A PUBLISH at QoS 0 that is neither a double nor retained (MQTT 3.1.1, section 3.3.1). */
const PLAIN_PUBLISH = 0x30;

export interface DirectReadingOptions {
  /** How many packets mqtt.js has begun to handle. */
  handled(): number;
  /** Whether messages with such a topic are to be taken here; cheap. */
  wants(topic: string): boolean;
  /** Takes one of them; false if mqtt.js shall have it. */
  take(topic: string, payload: Uint8Array): boolean;
}

/** How what comes in is read. */
export interface DirectReading {
  /** Whether messages are taken past mqtt.js; false before its first packet, and if it is not built as we know it. */
  readonly works: boolean;
}

/**
 * Takes messages of some topics where the socket hands them over: mqtt.js 4.3.8 takes each through two streams, a parser, two
 * events and a tick, which costs more than all the rest of a call. Everything else goes to mqtt.js as it was read.
 *
 * mqtt.js listens to its socket's data by `pipe`, whose listener is called from here instead, so that it still stops
 * reading when it cannot follow. While mqtt.js has not begun what came before, messages go to it, too: none overtakes
 * another packet (but the SDK tells of its messages a tick later), and an mqtt.js that handles its packets otherwise than
 * we know gets all of them.
 */
export function readDirectly(client: RawMqttClient, options: DirectReadingOptions): DirectReading {
  const { handled, wants, take } = options;
  const [ordinary, ...others] = client.stream.listeners("data") as ((chunk: Buffer) => void)[];
  if (ordinary === undefined || others.length > 0) return { works: false };
  let handed = 0;

  function hand(bytes: Buffer): void {
    handed += 1;
    ordinary?.(bytes);
  }

  const split = createPacketSplitter({
    packet(bytes, { start, body, end }) {
      if (bytes[start] === PLAIN_PUBLISH && handed > 0 && handed === handled()) {
        const topicEnd = body + 2 + (((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0));
        if (topicEnd <= end) {
          const topic = bytes.toString("utf8", body + 2, topicEnd);
          if (wants(topic) && take(topic, bytes.subarray(topicEnd, end))) return;
        }
      }
      hand(bytes.subarray(start, end));
    },
    other: hand,
  });
  // Added first: a stream without any listener would stop to flow.
  client.stream.on("data", split);
  client.stream.removeListener("data", ordinary);
  return {
    get works() {
      return handed > 0 && handed === handled();
    },
  };
}
