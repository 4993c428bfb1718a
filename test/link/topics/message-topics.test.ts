import { EventEmitter } from "node:events";
import sdk, { type Message } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageToHub } from "../../../src/link/hub-messages.ts";
import { eventsTopic, messageTopic, parseMessage } from "../../../src/link/topics/message-topics.ts";
import { message } from "../support/message.ts";

/** The SDK's transport, connected to nothing: what it publishes is kept, and it can be given messages. */
async function sdkOf(who: { deviceId: string; moduleId?: string }) {
  const published: string[] = [];
  const base = Object.assign(new EventEmitter(), {
    connect: (_config: object, done: (error: null) => void) => done(null),
    publish(topic: string, _body: unknown, _options: object, done: (error: null) => void) {
      published.push(topic);
      done(null);
    },
  });
  const provider = {
    type: 0, // A certificate: one with a token would have to be an emitter of events.
    getDeviceCredentials: (done: (error: null, credentials: object) => void) =>
      done(null, { host: "hub.test", ...who }),
  };
  const mqtt = new Mqtt(provider as never, base);
  await new Promise<void>((resolve) => mqtt.connect(() => resolve()));
  let read: Message | undefined;
  mqtt.on("message", (given: Message) => {
    read = given;
  });
  mqtt.on("inputMessage", (_input: string, given: Message) => {
    read = given;
  });
  return {
    topicOf({ component, createdAt, ...given }: MessageToHub): string {
      const made = new sdk.Message(Buffer.from(given.body));
      Object.assign(made, { messageId: given.messageId, correlationId: given.correlationId });
      Object.assign(made, { contentType: given.contentType, contentEncoding: given.contentEncoding });
      if (component !== undefined) made.properties.add("dt-subject", component);
      made.properties.add("$.ctime", new Date(createdAt).toISOString());
      for (const [name, value] of Object.entries(given.properties)) made.properties.add(name, value);
      if (given.output === undefined) mqtt.sendEvent(made, () => {});
      else mqtt.sendOutputEvent(given.output, made, () => {});
      return published.at(-1) ?? "";
    },
    read(topic: string): Message {
      read = undefined;
      base.emit("message", topic, Buffer.from("x"));
      return read ?? expect.fail("the SDK read nothing");
    },
  };
}

const DEVICE = { deviceId: "pi-1$a.b" };
const MODULE = { deviceId: "pi-1", moduleId: "hubhand" };

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const someText = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
/** The SDK puts these aside, or takes them for its own. */
const name = someText.filter((each) => !["Authorization", "iothub-to", "dt-subject"].includes(each));
/** `__proto__` cannot be written into an object of ours either. */
const properties = fc.dictionary(
  name.filter((each) => each !== "__proto__"),
  text,
  { maxKeys: 4, noNullPrototype: true },
);
const perhaps = fc.option(someText, { nil: undefined });
const anyMessage = fc.record({
  messageId: someText,
  correlationId: perhaps,
  contentType: perhaps,
  contentEncoding: perhaps,
  output: fc.constant(undefined),
  component: perhaps,
  properties,
  createdAt: fc.integer({ min: 0, max: 4e12 }),
});

describe("the topic of a message to the hub", () => {
  it("is to the byte that of the SDK", async () => {
    const device = await sdkOf(DEVICE);
    fc.assert(
      fc.property(anyMessage, (given) => {
        const ours = message("x", given);
        expect(messageTopic(eventsTopic(DEVICE), ours)).toBe(device.topicOf(ours));
      }),
    );
  });

  it("so is that of a module, with and without an output", async () => {
    const module = await sdkOf(MODULE);
    fc.assert(
      fc.property(anyMessage, perhaps, (given, output) => {
        const ours = message("x", { ...given, output });
        expect(messageTopic(eventsTopic(MODULE), ours)).toBe(module.topicOf(ours));
      }),
    );
  });

  it("can be written for half a character too, on which the SDK throws", () => {
    expect(messageTopic("e/", message("x", { properties: { a: "\ud800" } }))).toContain("a=%EF%BF%BD");
  });
});

describe("the topic of a message from the hub", () => {
  const system = fc.dictionary(
    fc.constantFrom("$.mid", "$.cid", "$.ct", "$.ce", "$.uid", "$.to", "$.exp"),
    someText,
  );

  it.each([
    ["a device", DEVICE, "devices/pi-1$a.b/messages/devicebound/"],
    ["a module", MODULE, "devices/pi-1/modules/hubhand/inputs/in1/"],
  ] as const)("is read as the SDK does, for %s", async (_whose, who, prefix) => {
    const theirs = await sdkOf(who);
    fc.assert(
      fc.property(system, properties, (own, given) => {
        const bag = Object.entries({ ...own, ...given })
          .map((pair) => pair.map(encodeURIComponent).join("="))
          .join("&");
        const {
          body,
          input,
          properties: ours,
          ...rest
        } = parseMessage(prefix + bag, Buffer.from("x")) ?? expect.fail();
        const read = theirs.read(prefix + bag);
        expect(ours).toEqual(
          Object.fromEntries(read.properties.propertyList.map(({ key, value }) => [key, value])),
        );
        const { messageId, correlationId, contentType, contentEncoding } = read as unknown as typeof rest;
        const orUndefined = (value: string | undefined) => value || undefined;
        expect(rest).toEqual({
          messageId: orUndefined(messageId),
          correlationId: orUndefined(correlationId),
          contentType,
          contentEncoding,
        });
      }),
    );
  });

  it.each([
    ["a name without a value", "devices/d/messages/devicebound/a&b=", { a: "", b: "" }],
    ["a lone %", "devices/d/messages/devicebound/a%=1%", { "a%": "1%" }],
    ["a question mark before it all", "devices/d/messages/devicebound/?a=1", { a: "1" }],
    [
      "a name of an object's own",
      "devices/d/messages/devicebound/__proto__=1",
      JSON.parse('{"__proto__":"1"}'),
    ],
    ["nothing at all", "devices/d/messages/devicebound/", {}],
    ["not even a slash", "devices/d/messages/devicebound", {}],
  ])("may have %s", (_what, topic, expected) => {
    expect(parseMessage(topic, new Uint8Array())?.properties).toEqual(expected);
  });

  it.each([
    "devices/d",
    "devices/d/messages/events/",
    "devices/d/modules/m/inputs/",
    "devices//messages/devicebound/",
  ])("is not %s", (topic) => expect(parseMessage(topic, new Uint8Array())).toBeUndefined());
});
