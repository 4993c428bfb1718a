import fc from "fast-check";
import { expect, it } from "vitest";
import type { OutgoingMessage } from "../../../../src/messages/outbox/outbox.ts";
import { createTelemetry } from "../../../../src/messages/sending/create-telemetry.ts";
import type { Telemetry, TelemetryOptions } from "../../../../src/messages/telemetry.ts";
import { createMetrics } from "../../../../src/observe/metrics/metrics.ts";
import { heard } from "../../../../src/plugins/hosts/worker/heard.ts";
import {
  createRemoteTelemetry,
  type RemoteTelemetry,
} from "../../../../src/plugins/hosts/worker/inside/remote-telemetry.ts";
import type { FromPlugin, ToPlugin } from "../../../../src/plugins/hosts/worker/protocol.ts";
import { receiveMessages } from "../../../../src/plugins/hosts/worker/received-messages.ts";
import { createFakeClock } from "../../../support/time/fake-clock.ts";

const metrics = createMetrics({ version: "1", node: "v24", commit: "abc" });

/** The agent's own telemetry, and what it has put into the outbox. */
function agents() {
  const kept: OutgoingMessage[] = [];
  const { forPlugin } = createTelemetry({
    outbox: { add: async (message) => void kept.push(message) },
    timeToLive: 1_000,
    metrics,
    clock: createFakeClock(),
    newId: () => "m1",
  });
  return { telemetry: forPlugin("p"), kept };
}

/** The same from the other end of a channel. */
function elsewhere() {
  const { telemetry, kept } = agents();
  let remote: RemoteTelemetry;
  const take = receiveMessages({
    telemetry,
    post: (message) => remote.answer(JSON.parse(JSON.stringify(message)) as never),
    clock: createFakeClock(),
  });
  remote = createRemoteTelemetry((message) => {
    const said = heard(JSON.parse(JSON.stringify(message)));
    if (said?.type !== "telemetry" || !take(said)) throw new Error("our own code sends what is no message");
  });
  return { telemetry: remote, kept };
}

async function outcome({ telemetry, kept }: { telemetry: Telemetry; kept: OutgoingMessage[] }, given: Given) {
  try {
    const { messageId } = await telemetry.send(given.body, given.options as TelemetryOptions);
    return { messageId, message: { ...kept[0], body: Buffer.from(kept[0]?.body ?? []).toString("base64") } };
  } catch (error) {
    return { code: (error as { code?: string }).code };
  }
}

interface Given {
  readonly body: unknown;
  readonly options: unknown;
}

const text = fc.string({ unit: "binary", maxLength: 20 });
const options = fc.option(
  fc.record(
    {
      stream: fc.oneof(fc.constantFrom("a", "b/c"), text),
      priority: fc.constantFrom("high", "normal", "low", "highest"),
      timeToLive: fc.constantFrom("5s", "1h", "5"),
      contentType: fc.constantFrom("application/json", "text/plain", "image/png"),
      contentEncoding: fc.constantFrom("utf-8", "gzip"),
      properties: fc.dictionary(fc.constantFrom("a", "room", "__proto__", "$x"), text),
      messageId: fc.constantFrom("mine", "not mine"),
      correlationId: text,
      steam: text,
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const body = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
  fc.constantFrom(undefined, 1n, () => {}, Number.NaN, new Date(0)),
);

it("whatever a plugin sends from elsewhere comes to the same as if it were sent in the agent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.record({ body, options }), async (given) => {
      expect(await outcome(elsewhere(), given)).toEqual(await outcome(agents(), given));
    }),
    { numRuns: 300 },
  );
});

it("a message as large as the hub takes crosses, be it made of what is longest on the way", async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`property-${i}`, '"\\'.repeat(150)]),
  );
  const most = { body: new Uint8Array(230_000).fill(255), options: { properties } };
  expect(await outcome(elsewhere(), most)).toMatchObject({ messageId: "m1" });
  const control = { body: "\u0000".repeat(262_000), options: { contentType: "text/plain" } };
  expect(await outcome(elsewhere(), control)).toMatchObject({ messageId: "m1" });
  for (const bytes of [262_144, 400_000])
    expect(await outcome(elsewhere(), { body: new Uint8Array(bytes), options: {} })).toEqual({
      code: "MESSAGE_TOO_LARGE",
    });
});

it("no more are under way than the agent takes, and the others keep their place", async () => {
  const posted: Extract<FromPlugin, { type: "telemetry" }>[] = [];
  const { send, answer } = createRemoteTelemetry((message) => {
    if (message.type === "telemetry") posted.push(message);
  });
  const all = Array.from({ length: 300 }, (_, i) => send(i));
  expect(posted).toHaveLength(256);
  const kept = (id: number): ToPlugin => ({ type: "telemetry-kept", id, messageId: `m${id}` });
  for (const message of posted) answer(kept(message.id) as never);
  // An answer to what was never asked, or twice, is nobody's.
  answer(kept(1) as never);
  answer(kept(9_999) as never);
  expect((await Promise.all(all)).map(({ messageId }) => messageId)).toEqual(all.map((_, i) => `m${i + 1}`));
  expect(posted.map(({ body: said }) => Number(Buffer.from(said, "base64")))).toEqual(all.map((_, i) => i));
});
