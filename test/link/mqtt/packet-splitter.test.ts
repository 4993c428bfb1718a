import fc from "fast-check";
import { expect, it } from "vitest";
import { createPacketSplitter } from "../../../src/link/mqtt/packet-splitter.ts";

/** What comes of chunks: each packet's fixed header and body, and what was no packet. */
function splitting(chunks: readonly Buffer[]): { packets: [header: string, body: string][]; other: string } {
  const packets: [string, string][] = [];
  let other = "";
  const split = createPacketSplitter({
    packet: (bytes, { start, body, end }) =>
      packets.push([bytes.toString("hex", start, body), bytes.toString("hex", body, end)]),
    other(bytes) {
      other += bytes.toString("hex");
    },
  });
  for (const chunk of chunks) split(chunk);
  return { packets, other };
}

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const length = (count: number): number[] => {
  const rest = count >> 7;
  return rest === 0 ? [count] : [(count & 0x7f) | 0x80, ...length(rest)];
};

const packet = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2, 127, 128, 129, 16_383, 16_384))
  .map(([kind, size]) => ({
    header: Buffer.from([kind, ...length(size)]),
    body: Buffer.alloc(size, kind ^ 0x5a),
  }));

it("gives back every packet, however the bytes come", () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 8 }), fc.array(fc.nat()), (packets, places) => {
      const bytes = Buffer.concat(packets.flatMap(({ header, body }) => [header, body]));
      expect(splitting(cut(bytes, places))).toEqual({
        packets: packets.map(({ header, body }) => [header.toString("hex"), body.toString("hex")]),
        other: "",
      });
    }),
  );
});

it("passes on what is no MQTT, and all that follows, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (places) => {
      const sound = Buffer.from([0xd0, 0]);
      const none = Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 0xd0, 0]);
      expect(splitting(cut(Buffer.concat([sound, none]), places))).toEqual({
        packets: [["d000", ""]],
        other: none.toString("hex"),
      });
    }),
  );
});
