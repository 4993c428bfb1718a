import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { keepNoNumbers } from "../../../src/link/mqtt/number-cache.ts";

interface PacketWriter {
  readonly writeToStream: { cacheNumbers: boolean };
  generate(packet: object): Buffer;
}

/** The mqtt-packet that the SDK's own mqtt.js writes with, found from package to package as Node does. */
function writerOfTheSdk(): PacketWriter {
  const requireOf = (from: string, name: string) => createRequire(createRequire(from).resolve(name));
  const transport = requireOf(import.meta.url, "azure-iot-device-mqtt");
  const base = createRequire(transport.resolve("azure-iot-mqtt-base"));
  return createRequire(base.resolve("mqtt"))("mqtt-packet") as PacketWriter;
}

test("the SDK's mqtt.js keeps no table of all numbers, and writes what it wrote with one", () => {
  const writer = writerOfTheSdk();
  const packet = { cmd: "publish", topic: "t", payload: "p", qos: 1, messageId: 0xabcd };
  // Another test of this process may have been before us.
  writer.writeToStream.cacheNumbers = true;
  const before = writer.generate(packet);
  keepNoNumbers();
  expect(writer.writeToStream.cacheNumbers).toBe(false);
  expect(writer.generate(packet)).toEqual(before);
});
