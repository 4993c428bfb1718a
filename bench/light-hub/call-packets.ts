import { generate } from "mqtt-packet";

/** As many as all ids have, so that each call is as long as the next. */
const DIGITS = 8;
const HEXADECIMAL = Buffer.from("0123456789abcdef");

/** The packets of calls of one method, which differ by their request ids alone. */
export function createCallPackets(
  methodName: string,
  payload: string,
): (first: number, count: number) => Buffer {
  const topic = `$iothub/methods/POST/${methodName}/?$rid=`;
  const packet = generate({
    cmd: "publish",
    topic: topic + "0".repeat(DIGITS),
    payload,
    qos: 0,
    retain: false,
    dup: false,
  });
  const lastDigit = packet.indexOf(topic) + topic.length + DIGITS - 1;

  return (first, count) => {
    const bytes = Buffer.allocUnsafe(packet.length * count).fill(packet);
    for (let index = 0; index < count; index += 1) {
      let at = index * packet.length + lastDigit;
      for (let left = first + index; left > 0; left >>>= 4) bytes[at--] = HEXADECIMAL[left & 15] ?? 0;
    }
    return bytes;
  };
}
