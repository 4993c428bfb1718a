import type { Duplex } from "node:stream";

/** How many bytes may wait for a device to read them: more than twice the 50 largest messages that its queue can hold. */
const UNREAD_LIMIT = 16 * 1024 * 1024;

/**
 * Bounds what a device makes the hub hold that reads slowly, or not at all, and goes on to be sent to: with QoS 0 nothing
 * else would tell. `tooMuch` is called once.
 */
export function boundUnread(stream: Duplex, tooMuch: () => void): void {
  const write = stream.write as (...given: unknown[]) => boolean;
  let over = false;
  stream.write = (...given: unknown[]) => {
    const writable = write.apply(stream, given);
    if (!over && stream.writableLength > UNREAD_LIMIT) {
      over = true;
      tooMuch();
    }
    return writable;
  };
}
