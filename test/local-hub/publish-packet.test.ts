import type { Client } from "aedes";
import { expect, test } from "vitest";
import { encodePublish } from "../../src/local-hub/mqtt-face/publish-packet.ts";
import { publish } from "../../src/local-hub/mqtt-face/traffic.ts";
import { readFrame, sizeOfFirst } from "../../src/local-hub/wire/frames.ts";

const topic = "$iothub/methods/POST/größe/?$rid=1f";
const rest = 2 + Buffer.byteLength(topic);

test.each([0, 127 - rest, 128 - rest, 16_383 - rest, 16_384 - rest])(
  "a payload of %i bytes is read as it was written, with either QoS",
  (length) => {
    const payload = Buffer.alloc(length, 0xfe);
    for (const qos of [0, 1] as const) {
      const bytes = encodePublish({ topic, payload, qos, packetId: 515, isRepeat: false });
      expect(sizeOfFirst(bytes)).toBe(bytes.length);
      const frame = readFrame(bytes);
      expect(frame).toMatchObject({ packet: "publish", topic, qos, ...(qos ? { messageId: 515 } : {}) });
      expect(frame.payload?.equals(payload)).toBe(true);
    }
  },
);

test("text is written as UTF-8, and a repeat says that it is one", () => {
  const bytes = encodePublish({ topic, payload: '"é"', qos: 1, packetId: 1, isRepeat: true });
  expect(readFrame(bytes).payload?.toString()).toBe('"é"');
  expect(bytes[0]).toBe(0x3a);
});

test("all that a turn has for a client is one write, in its order; one that has gone is written nothing", async () => {
  const written: Buffer[] = [];
  const conn = { destroyed: false, write: (bytes: Buffer) => written.push(bytes) };
  const client = { closed: false, conn } as unknown as Client;
  for (const payload of ["1", "2", "3"]) publish(client, "a", payload);
  expect(written).toEqual([]);
  await new Promise(setImmediate);
  expect(written).toHaveLength(1);
  let left = written[0] ?? Buffer.alloc(0);
  const read: string[] = [];
  for (let size = sizeOfFirst(left); size !== undefined; size = sizeOfFirst(left)) {
    read.push(String(readFrame(left.subarray(0, size)).payload));
    left = left.subarray(size);
  }
  expect(read).toEqual(["1", "2", "3"]);

  publish(client, "a", "4");
  conn.destroyed = true;
  await new Promise(setImmediate);
  expect(written).toHaveLength(1);
});
