import { describe, expect, it } from "vitest";
import { classifyFailure } from "../../../src/link/failure.ts";
import type { HubSession, IncomingCall } from "../../../src/link/hub-session.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import type { Faults } from "../faulty-hub.ts";
import { sessionsOf } from "../support/open-session.ts";

const { hubWith, open } = sessionsOf(cleanUpAfterEach());

/** A session whose hub does not answer what `ask` makes it ask for, once it has waited for that as long as it does. */
async function unanswered(ask: (session: HubSession) => Promise<void>) {
  const faults: Faults = {};
  const hub = await hubWith(faults);
  const clock = createFakeClock();
  const session = await open({ hub, clock, connectTimeout: 1_000 });
  faults.subscribe = "silence";
  const asked = hub.packet("subscribe");
  const done = ask(session);
  await asked;
  clock.advance(1_000);
  await done;
  return { hub, session };
}

describe("a session that is online", () => {
  it("knows when the hub has all that was sent", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    session.sendReply("1", 200, JSON.stringify("x".repeat(100_000)));
    await session.delivered();
    expect(hub.received.filter((kind) => kind === "publish")).toHaveLength(1);
  });

  it("does not wait for ever for a hub that reads nothing any more", async () => {
    const { hub, session } = await unanswered((each) => each.delivered());
    expect(session.sendReply("1", 200, "null")).toBe(true);
    // On a clock that stands, its end cannot be waited for politely.
    for (const socket of hub.open) socket.destroy();
    await session.ended;
  });

  it("ends when the hub hangs up, and says so once", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    for (const socket of hub.open) socket.destroy();
    expect(classifyFailure(await session.ended).class).toBe("lost");
    expect(session.sendReply("1", 200, "null")).toBe(false);
  });

  it("ends when too many replies wait for a hub that does not read, and takes no more", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    const body = JSON.stringify("x".repeat(128_000));
    let taken = 0;
    while (taken < 1_000 && session.sendReply("1", 200, body)) taken += 1;
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(1_000);
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "replies-unread" });
  });

  it("ends when the hub stops answering pings, within two keep-alives", async () => {
    const hub = await hubWith({ ping: "silence" });
    const session = await open({ hub, keepAlive: 1000 });
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "keepalive" });
  });

  it.each([
    ["an acknowledgement of nothing", [0x62, 0x00], "not-understood"],
    ["a packet of no type", [0x00, 0x00], "not-understood"],
    ["a length without an end", [0x30, 0xff, 0xff, 0xff, 0xff, 0xff], "not-understood"],
    ["a second answer to the login", [0x20, 2, 0, 5], "not-understood"],
    ["the beginning of a message without an end", [0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1], "keepalive"],
  ])("ends when the hub sends %s", async (_, bytes, reason) => {
    const hub = await hubWith();
    const session = await open({ hub, keepAlive: 1000 });
    for (const socket of hub.open) socket.write(Buffer.from(bytes));
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason });
  });

  it("asks for its subscription again, and ends if the hub has none for it any more", async () => {
    const faults: Faults = {};
    const hub = await hubWith(faults);
    const session = await open({ hub });
    await session.check();
    expect(session.sendReply("1", 200, "null")).toBe(true);
    faults.subscribe = 128;
    await session.check();
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "suback-128" });
  });

  it("ends if the hub does not say whether it still has the subscription", async () => {
    const { session } = await unanswered((each) => each.check());
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "check-unanswered" });
  });

  it("closes in time even if the hub does not answer any more", async () => {
    const hub = await hubWith();
    const session = await open({ hub, closeTimeout: 300 });
    for (const socket of hub.open) socket.pause().removeAllListeners("data");
    await session.close();
    expect((await session.ended).phase).toBe("online");
  });

  it("takes no reply while it closes: it would be dropped without a word", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    expect(session.sendReply("1", 200, "null")).toBe(true);
    const closed = session.close();
    expect(session.sendReply("2", 200, "null")).toBe(false);
    await closed;
  });

  it("survives what the SDK cannot digest: malformed topics and twins", async () => {
    const hub = await hubWith();
    const heard = Promise.withResolvers<IncomingCall>();
    await open({ hub, onCall: heard.resolve });
    hub.publish("$iothub/methods/POST/", "x");
    hub.publish("$iothub/methods/POST/%E0%A4%A/?$rid", "x");
    hub.publish("$iothub/twin/PATCH/properties/desired/?$version=1", "this is not JSON");
    hub.publish("$iothub/twin/res/abc", "neither");
    hub.publish("$iothub/methods/POST/after/?$rid=9", "null");
    expect((await heard.promise).methodName).toBe("after");
  });

  it("is over when the SDK renews its token by itself: that connection has no subscription", async () => {
    const hub = await hubWith();
    const session = await open({ hub, tokenLifetime: 2000 });
    const failure = await session.ended;
    expect(failure.phase).toBe("online");
    expect(session.sendReply("1", 200, "null")).toBe(false);
  });
});
