/** One sample, as a device pushes it. */
export interface PushedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Pushes a sample to a Prometheus by its remote-write protocol, version 1; resolves with the status. */
export async function pushSample(url: string, { labels, value, at }: PushedSample): Promise<number> {
  const pairs = Object.entries(labels)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, text]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(text))])),
    );
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  // Fields of a sample: 1 is a double, 2 a varint.
  const sample = Buffer.concat([Buffer.of(0x09), double, Buffer.of(0x10), varint(at)]);
  const request = field(1, Buffer.concat([...pairs, field(2, sample)]));
  const { status } = await fetch(`${url}/api/v1/write`, {
    method: "POST",
    headers: { "content-encoding": "snappy", "content-type": "application/x-protobuf" },
    body: uncompressed(request),
  });
  return status;
}

/** A field of protobuf that has a length. */
const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.of((number << 3) | 2), varint(content.length), content]);

/** Seven bits a byte, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** Snappy's block format, of one literal: nothing is compressed. */
const uncompressed = (content: Buffer): Buffer<ArrayBuffer> => {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(content.length - 1);
  return Buffer.concat([varint(content.length), Buffer.of(61 << 2), length, content]);
};
