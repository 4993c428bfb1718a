import fc from "fast-check";

/** A packet of each type, right in every byte but for its type's being a server's; to be spoilt. */
const PACKETS: ReadonlyArray<readonly [type: number, flags: number, body: Buffer]> = [
  [
    1,
    0,
    Buffer.concat([
      text("MQTT"),
      Buffer.from([4, 0b1100_0000, 0, 60]),
      text("dev2"),
      text("x/dev2/?api-version=1"),
      text("no"),
    ]),
  ],
  [
    1,
    0,
    Buffer.concat([
      text("MQTT"),
      Buffer.from([4, 0b1110_1110, 0, 60]),
      text("dev2"),
      text("will"),
      text("x"),
      text("u"),
      text("p"),
    ]),
  ],
  [
    1,
    0,
    Buffer.concat([
      text("MQTT"),
      Buffer.from([5, 0b1100_0000, 0, 60, 5, 0x11, 0, 0, 0, 9]),
      text("dev2"),
      text("u"),
      text("p"),
    ]),
  ],
  [
    1,
    0,
    Buffer.concat([
      text("MQTT"),
      Buffer.from([5, 2, 0, 60, 11, 0x26]),
      text("k"),
      text("v"),
      text("a"),
      text("dev2"),
    ]),
  ],
  [2, 0, Buffer.from([0, 0])],
  [3, 0, Buffer.concat([text("devices/dev2/messages/events/a=b"), Buffer.from("hello")])],
  [3, 2, Buffer.concat([text("devices/dev2/messages/events/"), Buffer.from([0, 7]), Buffer.from("hello")])],
  [3, 0, Buffer.concat([text("$iothub/methods/res/200/?$rid=1"), Buffer.from("null")])],
  [3, 0, Buffer.concat([text("$iothub/twin/GET/?$rid=1")])],
  [3, 0, Buffer.concat([text("$iothub/twin/PATCH/properties/reported/?$rid=1"), Buffer.from('{"a":1}')])],
  [4, 0, Buffer.from([0, 7])],
  [5, 0, Buffer.from([0, 7])],
  [6, 2, Buffer.from([0, 7])],
  [7, 0, Buffer.from([0, 7])],
  [8, 2, Buffer.concat([Buffer.from([0, 1]), text("$iothub/methods/POST/#"), Buffer.from([0])])],
  [9, 0, Buffer.from([0, 1, 0])],
  [10, 2, Buffer.concat([Buffer.from([0, 1]), text("$iothub/methods/POST/#")])],
  [11, 0, Buffer.from([0, 1])],
  [12, 0, Buffer.alloc(0)],
  [13, 0, Buffer.alloc(0)],
  [14, 0, Buffer.alloc(0)],
  [15, 0, Buffer.from([0, 0])],
  [0, 0, Buffer.alloc(2)],
];

/** MQTT that is nearly right: packets of every type, some bytes wrong, missing, too many, or with another length than said. */
export const nearlyMqtt: fc.Arbitrary<Buffer> = fc
  .array(
    fc.record({
      packet: fc.constantFrom(...PACKETS),
      flags: fc.option(fc.nat(15)),
      wrong: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      more: fc.oneof(
        { weight: 3, arbitrary: fc.constant(new Uint8Array()) },
        fc.uint8Array({ maxLength: 40 }),
      ),
      less: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(12)),
      length: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fc.nat(300), fc.nat(2 ** 28 - 1)),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((spoilt) => Buffer.concat(spoilt.map(spoil)));

function spoil(options: {
  packet: (typeof PACKETS)[number];
  flags: number | null;
  wrong: Array<[place: number, value: number]>;
  more: Uint8Array;
  less: number;
  length: number | undefined;
}): Buffer {
  const [type, rightFlags, right] = options.packet;
  const body = Buffer.concat([right.subarray(0, Math.max(0, right.length - options.less)), options.more]);
  for (const [place, value] of options.wrong) if (body.length > 0) body[place % body.length] = value;
  const length = options.length ?? body.length;
  return Buffer.concat([
    Buffer.from([(type << 4) | (options.flags ?? rightFlags)]),
    lengthBytes(length),
    body,
  ]);
}

/** The first bytes of a packet that will have so many more. */
export function announced(type: number, length: number): Buffer {
  return Buffer.concat([Buffer.from([type << 4]), lengthBytes(length)]);
}

function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) | (rest > 127 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
