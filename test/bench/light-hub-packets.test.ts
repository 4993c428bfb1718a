import fc from "fast-check";
import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { createCallPackets } from "../../bench/light-hub/call-packets.ts";
import { createSplitter, readReply } from "../../bench/light-hub/packets.ts";

const publish = (topic: string, payload: string) =>
  generate({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false });

test("property: packets are the same however they were cut on the way", () => {
  // As long as one, two and three bytes of length can say.
  const length = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 16_370, max: 16_400 }));
  const packets = fc.array(length, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 500 }), (lengths, piece) => {
      const sent = lengths.map((length) => publish("a", "x".repeat(length)));
      const bytes = Buffer.concat(sent);
      const taken: Buffer[] = [];
      const split = createSplitter((from, header, _body, end) => taken.push(from.subarray(header, end)));
      for (let at = 0; at < bytes.length; at += piece) split(bytes.subarray(at, at + piece));
      expect(taken.map(String)).toEqual(sent.map(String));
    }),
    { numRuns: 50 },
  );
});

test("a reply's request id and status are read, and another publish is left to others", () => {
  const replies: [number, number][] = [];
  const others: Buffer[] = [];
  const split = createSplitter((bytes, header, body, end) => {
    if (!readReply(bytes, body, (...reply) => replies.push(reply))) others.push(bytes.subarray(header, end));
  });
  const message = publish("devices/a/messages/events/", "{}");
  const reply = (status: number, id: string) => publish(`$iothub/methods/res/${status}/?$rid=${id}`, "{}");
  split(Buffer.concat([reply(200, "0000000f"), message, reply(429, "1aF"), publish("", "")]));
  expect(replies).toEqual([
    [15, 200],
    [0x1af, 429],
  ]);
  expect(others).toEqual([message, publish("", "")]);
});

test("calls of one write differ by their ids alone", () => {
  const call = (id: string) => publish(`$iothub/methods/POST/echo/?$rid=${id}`, "{}");
  expect(createCallPackets("echo", "{}")(254, 3)).toEqual(
    Buffer.concat(["000000fe", "000000ff", "00000100"].map(call)),
  );
});
