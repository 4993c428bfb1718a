import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { MessageFromHub } from "../../src/link/hub-messages.ts";
import type { HubSession, IncomingCall } from "../../src/link/hub-session.ts";
import { createReceiving } from "../../src/link/session/receiving.ts";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { hubOn } from "./support/link-on-hub.ts";
import { message } from "./support/message.ts";
import { sessionsOf } from "./support/open-session.ts";

const cleanUp = cleanUpAfterEach();
const { hubWith, open } = sessionsOf(cleanUp);

interface Arrived {
  readonly message: MessageFromHub;
  acknowledge(): void;
}

/** Keeps what comes, and acknowledges nothing by itself. */
function inbox() {
  const arrived: Arrived[] = [];
  return {
    arrived,
    texts: () => arrived.map(({ message: { body } }) => Buffer.from(body).toString()),
    onMessage: (given: MessageFromHub, acknowledge: () => void) => {
      arrived.push({ message: given, acknowledge });
    },
    has: (count: number) => waitUntil(`${count} messages have come`, () => arrived.length >= count),
  };
}

const device = (hub: LocalHub) => ({ connectionString: hub.deviceConnectionString("pi-1"), ca: hub.ca });

const answerAtOnce = ({ requestId }: IncomingCall, session: HubSession): void =>
  void session.sendReply(requestId, 200, '"here"');

const waiting = (hub: LocalHub) => hub.messages.waiting("pi-1").map(({ payload }) => payload.toString());

describe("a message from the cloud", () => {
  it("comes with all that it says of itself, once the session listens", async () => {
    const hub = await hubOn(cleanUp);
    await hub.messages.send("pi-1", {
      payload: "on",
      messageId: "m 1",
      correlationId: "c",
      contentType: "text/plain",
      contentEncoding: "utf-8",
      properties: { type: "light", "a b": "ä&=", bare: null },
    });
    const { onMessage, has, arrived } = inbox();
    const session = await open({ hub: device(hub), onMessage });
    expect(arrived).toEqual([]);
    await session.listen("messages");
    await has(1);
    expect(arrived[0]?.message).toEqual({
      messageId: "m 1",
      correlationId: "c",
      contentType: "text/plain",
      contentEncoding: "utf-8",
      properties: { type: "light", "a b": "ä&=", bare: "" },
      input: undefined,
      body: Buffer.from("on"),
    });
  });

  it("is the hub's until it is acknowledged: the next session has it again, and then no other", async () => {
    const hub = await hubOn(cleanUp);
    await hub.messages.send("pi-1", { payload: "kept" });
    const first = inbox();
    const session = await open({ hub: device(hub), onMessage: first.onMessage });
    await session.listen("messages");
    await first.has(1);
    await session.close();
    first.arrived[0]?.acknowledge(); // Too late: it does nothing.
    expect(waiting(hub)).toEqual(["kept"]);

    // The hub has kept the subscription: it comes before this session asks for it.
    const second = inbox();
    const next = await open({ hub: device(hub), onMessage: second.onMessage });
    await second.has(1);
    second.arrived[0]?.acknowledge();
    await waitUntil("the hub knows", () => waiting(hub).length === 0);
    await next.close();
  });

  it("holds up nothing while it is not acknowledged: neither calls, nor messages of either way", async () => {
    const hub = await hubOn(cleanUp);
    const { onMessage, has, texts } = inbox();
    const session = await open({ hub: device(hub), onMessage, onCall: answerAtOnce });
    await session.listen("messages");
    for (const payload of ["1", "2", "3"]) await hub.messages.send("pi-1", { payload });
    await has(3);
    expect(texts()).toEqual(["1", "2", "3"]);
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ payload: "here" });
    await session.sendMessage(message("to the hub"));
  });

  it("is acknowledged after its elders, as MQTT demands", async () => {
    const hub = await hubWith();
    const { onMessage, has, arrived } = inbox();
    await open({ hub, onMessage });
    for (const id of [7, 5, 6]) hub.publish("devices/pi-1/messages/devicebound/", "", id);
    await has(3);
    arrived[1]?.acknowledge();
    arrived[1]?.acknowledge();
    arrived[2]?.acknowledge();
    await setImmediate();
    expect(hub.acknowledged).toEqual([]);
    arrived[0]?.acknowledge();
    await waitUntil("all are acknowledged", () => hub.acknowledged.length === 3);
    expect(hub.acknowledged).toEqual([7, 5, 6]);
  });

  it("is acknowledged in its turn, in whatever order whoever takes them is done with them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { minLength: 1 }), (doneWith) => {
        const { arrived, onMessage } = inbox();
        const sent: number[] = [];
        const acknowledge = (id: number): void => void sent.push(id);
        const receiving = createReceiving({
          onMessage,
          acknowledge,
          unwanted: () => {},
          logger: pino({ level: "silent" }),
        });
        for (let messageId = 0; messageId <= 30; messageId += 1)
          receiving.take({
            topic: "devices/d/messages/devicebound/",
            payload: Buffer.alloc(0),
            qos: 1,
            messageId,
          });
        for (const index of doneWith) arrived[index]?.acknowledge();
        const firstNotDone =
          Array.from({ length: 31 }, (_, id) => id).find((id) => !doneWith.includes(id)) ?? 31;
        expect(sent).toEqual(Array.from({ length: firstNotDone }, (_, id) => id));
      }),
    );
  });

  it("that is malformed is acknowledged, as it would come for ever; one that nobody wants stays with the hub", async () => {
    const hub = await hubWith();
    const { onMessage, has, texts } = inbox();
    await open({ hub, onMessage });
    hub.publish("devices/pi-1/else", "no", 1);
    hub.publish("devices/pi-1/messages/devicebound/%", "yes", 2);
    hub.publish("devices/pi-1/messages/devicebound/", "at QoS 0");
    await has(2);
    expect(texts()).toEqual(["yes", "at QoS 0"]);
    await waitUntil("the first is acknowledged", () => hub.acknowledged.length === 1);

    const deaf = await hubWith();
    const session = await open({ hub: deaf });
    deaf.publish("devices/pi-1/messages/devicebound/", "no", 3);
    await session.delivered(); // All that was sent before has been read.
    expect(deaf.acknowledged).toEqual([]);
  });

  it("is not asked for any more by a session that nobody listens on, though the hub has kept the subscription", async () => {
    const hub = await hubOn(cleanUp);
    const first = await open({ hub: device(hub), onMessage: () => {} });
    await first.listen("messages");
    await first.close();
    await hub.messages.send("pi-1", { payload: "kept" });
    for (let session = 0; session < 3; session += 1) {
      const deaf = await open({ hub: device(hub) });
      await deaf.delivered();
      await deaf.close();
    }
    expect(hub.messages.waiting("pi-1")).toMatchObject([{ deliveryCount: 1 }]);
  });

  it("costs its session nothing when whoever takes it fails", async () => {
    const hub = await hubWith();
    const session = await open({
      hub,
      onMessage() {
        throw new Error("a fault");
      },
    });
    hub.publish("devices/pi-1/messages/devicebound/", "", 1);
    await session.delivered();
    await session.sendMessage(message("still here"));
  });

  it("comes to a module at its inputs", async () => {
    const hub = await hubOn(cleanUp);
    await hub.modules.create({ deviceId: "pi-1", moduleId: "m1" });
    const session = await open({
      hub: { connectionString: hub.moduleConnectionString("pi-1", "m1"), ca: hub.ca },
    });
    await session.listen("messages"); // Our hub takes exactly the right filter, and has no Edge behind it.

    const edge = await hubWith();
    const { onMessage, has, arrived } = inbox();
    await open({ hub: edge, onMessage });
    edge.publish("devices/pi-1/modules/m1/inputs/in%201/%24.mid=7&%24.cdid=leaf&a=b/", "x", 1);
    await has(1);
    expect(arrived[0]?.message).toMatchObject({
      input: "in 1",
      messageId: "7",
      properties: { "$.cdid": "leaf", a: "b" },
    });
  });
});
