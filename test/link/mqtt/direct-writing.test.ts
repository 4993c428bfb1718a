import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { type DirectWriting, writeDirectly } from "../../../src/link/mqtt/direct-writing.ts";
import type { RawMqttClient } from "../../../src/link/mqtt/raw-client.ts";

const turnIsOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Scene {
  readonly client: EventEmitter;
  readonly writing: DirectWriting;
  readonly writes: Buffer[];
  readonly errors: Error[];
}

function scene({ stream, protocolVersion = 4 }: { stream?: Writable; protocolVersion?: number } = {}): Scene {
  const writes: Buffer[] = [];
  const own = new Writable({
    write(bytes: Buffer, _encoding, done) {
      writes.push(bytes);
      done();
    },
  });
  const errors: Error[] = [];
  const client = Object.assign(new EventEmitter(), { stream: stream ?? own, options: { protocolVersion } });
  const writing = writeDirectly(client as unknown as RawMqttClient, (error) => errors.push(error));
  return { client, writing, writes, errors };
}

/** What a hub reads. */
function read(writes: readonly Buffer[]): [topic: string, payload: string][] {
  const read: [string, string][] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", (packet) => {
    if (packet.cmd === "publish") read.push([packet.topic, packet.payload.toString()]);
  });
  for (const bytes of writes) parser.parse(bytes);
  return read;
}

describe("replies that are written past mqtt.js", () => {
  it("arrive as they are, whatever is in them and however long they are", async () => {
    const text = fc
      .tuple(fc.constantFrom("x", "é", "€", "😀", "\ud800"), fc.constantFrom(0, 1, 40, 49, 50, 8_180, 20_000))
      .map(([character, count]) => character.repeat(count));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.stringMatching(/^[!-~]{1,30}$/), text)), async (replies) => {
        const { writing, writes } = scene();
        for (const [index, [topic, body]] of replies.entries()) {
          writing.publish(topic, body);
          if (index % 3 === 2) await turnIsOver();
        }
        await turnIsOver();
        expect(read(writes)).toEqual(replies.map(([topic, body]) => [topic, body.toWellFormed()]));
      }),
      { numRuns: 25 },
    );
  });

  it("go out at once, the first of a turn; and in one write at its end all that became ready in it after that", async () => {
    const { writing, writes } = scene();
    for (let index = 0; index < 64; index += 1) writing.publish(`a/${index}`, `{"index":${index}}`);
    expect(read(writes)).toEqual([["a/0", '{"index":0}']]);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(writes).toHaveLength(2);
    expect(read(writes)).toHaveLength(64);
    writing.publish("a/64", "{}");
    expect(read(writes)).toHaveLength(65);
  });

  it("go in front of what mqtt.js sends after them", () => {
    const { client, writing, writes } = scene();
    writing.publish("a", "first");
    writing.publish("a", "second");
    client.emit("packetsend", { cmd: "disconnect" });
    expect(read(writes)).toEqual([
      ["a", "first"],
      ["a", "second"],
    ]);
  });

  it("are told if they could not be written", async () => {
    const { writing, errors } = scene({ stream: new PassThrough().destroy() });
    for (const body of ["1", "2", "3"]) writing.publish("a", body);
    await turnIsOver();
    // Of the first, and of the two that went together.
    expect(errors).toHaveLength(2);
  });

  it("are not written so before mqtt.js has announced a packet, nor in another version of MQTT", () => {
    const { client, writing } = scene();
    expect(writing.works).toBe(false);
    client.emit("packetsend", {});
    expect(writing.works).toBe(true);
    const five = scene({ protocolVersion: 5 });
    five.client.emit("packetsend", {});
    expect(five.writing.works).toBe(false);
  });
});
