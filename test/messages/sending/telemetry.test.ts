import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import type { OutgoingMessage } from "../../../src/messages/outbox/outbox.ts";
import { createTelemetry } from "../../../src/messages/sending/create-telemetry.ts";
import type { TelemetryOptions } from "../../../src/messages/telemetry.ts";
import { JsonText } from "../../../src/methods/json-text.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";

const NOW = Date.UTC(2026, 0, 1);

function bench() {
  const added: OutgoingMessage[] = [];
  const metrics = createMetrics({ version: "0", node: "0", commit: "0" });
  const telemetry = createTelemetry({
    outbox: { add: async (message) => void added.push(message) },
    timeToLive: 60_000,
    metrics,
    clock: { wallClock: () => NOW },
  }).forPlugin("meter");
  return { telemetry, added };
}

async function sent(body: unknown, options?: TelemetryOptions): Promise<OutgoingMessage> {
  const { telemetry, added } = bench();
  await telemetry.send(body, options);
  expect(added).toHaveLength(1);
  return added[0] as OutgoingMessage;
}

const text = ({ body }: OutgoingMessage) => Buffer.from(body).toString();

async function refusal(body: unknown, options?: unknown): Promise<HubhandError> {
  const { telemetry, added } = bench();
  const error = await telemetry.send(body, options as TelemetryOptions).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HubhandError);
  expect(added).toEqual([]);
  return error as HubhandError;
}

describe("what a plugin sends", () => {
  it("is JSON in its own stream, of normal priority, with an id of its own, unless it says otherwise", async () => {
    const message = await sent({ celsius: 20.5 });
    expect(text(message)).toBe('{"celsius":20.5}');
    expect(message).toMatchObject({
      stream: "meter/",
      priority: 1,
      contentType: "application/json",
      contentEncoding: "utf-8",
      createdAt: NOW,
      expiresAt: NOW + 60_000,
    });
    expect(message.messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await sent(1)).messageId).not.toBe(message.messageId);
  });

  it("carries what its options say", async () => {
    const options: TelemetryOptions = {
      stream: "alarms",
      priority: "high",
      timeToLive: "5m",
      contentType: "application/vnd.alarm+json; charset=utf-8",
      properties: { level: "3", room: "Küche" },
      messageId: "alarm-1",
      correlationId: "c",
      output: "alarms",
    };
    const message = await sent("fire", options);
    expect(text(message)).toBe('"fire"');
    expect(message).toMatchObject({
      ...{ stream: "meter/alarms", priority: 0, expiresAt: NOW + 300_000 },
      ...{ messageId: "alarm-1", correlationId: "c", output: "alarms" },
      properties: { level: "3", room: "Küche" },
    });
  });

  it("as bytes is sent as it is, and is the caller's again at once", async () => {
    const { telemetry, added } = bench();
    const bytes = new Uint8Array([1, 2, 3]);
    const sending = telemetry.send(bytes);
    bytes.fill(9);
    await sending;
    expect([...(added[0]?.body ?? [])]).toEqual([1, 2, 3]);
    expect(added[0]).toMatchObject({ contentType: "application/octet-stream", contentEncoding: undefined });
    expect([...(await sent(new Uint16Array([258]).buffer)).body]).toEqual([2, 1]);
  });

  it("as a text of another type than JSON is sent as it is", async () => {
    expect(text(await sent("a;b", { contentType: "text/csv" }))).toBe("a;b");
    for (const contentType of ["application/json", "application/cloudevents+json", "text/json"])
      expect(text(await sent("a;b", { contentType }))).toBe('"a;b"');
  });

  it("as JSON that is written already is not written again", async () => {
    expect(text(await sent(new JsonText('{"a":1}')))).toBe('{"a":1}');
  });
});

describe("what cannot be sent is refused before anything is kept, and it is said why", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  it.each<[string, unknown, unknown, RegExp]>([
    ["a circle", circle, {}, /cannot be written as JSON: Converting circular/],
    ["a BigInt", { n: 1n }, {}, /cannot be written as JSON: .*BigInt/],
    ["nothing", undefined, {}, /the body is undefined, which JSON cannot say/],
    ["a function", () => 1, {}, /the body is of type function/],
    [
      "an object as text",
      { a: 1 },
      { contentType: "text/plain" },
      /contentType is "text\/plain".*expected a text or bytes/,
    ],
    ["a text in another encoding", "a", { contentEncoding: "utf-16" }, /contentEncoding is "utf-16"/],
    ["an option that is none", 1, { prioritiy: "high" }, /no option "prioritiy"; did you mean priority\?/],
    [
      "options that are none",
      1,
      "high",
      /what says how it is sent is a text that does not fit; expected an object/,
    ],
    ["a priority", 1, { priority: "toString" }, /option priority is .* expected high, normal or low/],
    ["a time to live", 1, { timeToLive: 5000 }, /option timeToLive is of type number; expected a duration/],
    ["a time to live for ever", 1, { timeToLive: "99999h" }, /option timeToLive .* 10000h at most/],
    ["a message id", 1, { messageId: "a b" }, /option messageId is .* 1 to 128/],
    ["a long message id", 1, { messageId: "a".repeat(129) }, /option messageId/],
    ["a stream", 1, { stream: "a".repeat(129) }, /option stream has 129 characters; expected 128 at most/],
    ["a broken text", 1, { correlationId: "\ud800" }, /option correlationId is/],
    [
      "a name of the hub's",
      1,
      { properties: { "$.mid": "1" } },
      /has a name "\$\.mid" that is the hub's own/,
    ],
    ["another", 1, { properties: { "iothub-x": "1" } }, /has a name "iothub-x" that is the hub's own/],
    ["a name with a space", 1, { properties: { "a b": "1" } }, /has a name "a b" with a sign/],
    [
      "a value that is no text",
      1,
      { properties: { a: 1 } },
      /has "a", which is of type number; expected a text/,
    ],
    [
      "many long values",
      1,
      { properties: { a: "ü".repeat(20_000) } },
      /option properties has \d+ bytes as MQTT/,
    ],
  ])("%s", async (_, body, options, message) => {
    const error = await refusal(body, options);
    expect(error.code).toBe("MESSAGE_INVALID");
    expect(error.message).toMatch(message);
  });

  it("more than the hub's 256 KiB, properties included", async () => {
    const most = 256 * 1024 - "application/octet-stream".length - 36;
    expect((await sent(new Uint8Array(most))).body.length).toBe(most);
    const error = await refusal(new Uint8Array(most), { properties: { a: "" } });
    expect(error.code).toBe("MESSAGE_TOO_LARGE");
    expect(error.details).toEqual({ bytes: 262_145, limit: 262_144 });
  });

  it("whatever comes, as another process may send anything: it is refused with its code, or kept", async () => {
    const { telemetry } = bench();
    await fc.assert(
      fc.asyncProperty(fc.anything({ withBigInt: true }), fc.anything(), async (body, options) => {
        try {
          await telemetry.send(body, options as TelemetryOptions);
        } catch (error) {
          expect(error).toBeInstanceOf(HubhandError);
        }
      }),
    );
  });
});
