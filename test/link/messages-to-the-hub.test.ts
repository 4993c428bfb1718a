import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { classifyFailure } from "../../src/link/failure.ts";
import type { HubSession } from "../../src/link/hub-session.ts";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { hubOn } from "./support/link-on-hub.ts";
import { message } from "./support/message.ts";
import { sessionsOf } from "./support/open-session.ts";

const cleanUp = cleanUpAfterEach();
const { hubWith, open } = sessionsOf(cleanUp);

const device = (hub: LocalHub) => ({ connectionString: hub.deviceConnectionString("pi-1"), ca: hub.ca });

const textsAt = (hub: LocalHub): string[] => hub.messages.received().map(({ body }) => body.toString());

const fateOf = (sending: Promise<void>): Promise<string> =>
  sending.then(
    () => "arrived",
    (error: Error) => error.message,
  );

describe("a message to the hub", () => {
  it("arrives with all that it says of itself, and is acknowledged then", async () => {
    const hub = await hubOn(cleanUp);
    const session = await open({ hub: device(hub) });
    await session.sendMessage(
      message('{"t":1}', {
        messageId: "m 1",
        correlationId: "c/1",
        component: "thermostat",
        properties: { "to be": "or not", leer: "" },
      }),
    );
    const [received] = hub.messages.received();
    expect(received?.body.toString()).toBe('{"t":1}');
    expect(received?.properties).toEqual({ "to be": "or not", leer: "" });
    expect(received?.systemProperties).toMatchObject({
      "message-id": "m 1",
      "correlation-id": "c/1",
      "content-type": "application/json",
      "content-encoding": "utf-8",
      "dt-subject": "thermostat",
      "iothub-creation-time-utc": "2027-01-01T00:00:00.000Z",
    });
  });

  it("of a module leaves by its output", async () => {
    const hub = await hubOn(cleanUp);
    await hub.modules.create({ deviceId: "pi-1", moduleId: "m1" });
    const session = await open({
      hub: { connectionString: hub.moduleConnectionString("pi-1", "m1"), ca: hub.ca },
    });
    await session.sendMessage(message("1", { output: "alarms", properties: { a: "b" } }));
    expect(hub.messages.received()).toMatchObject([
      { deviceId: "pi-1", moduleId: "m1", outputName: "alarms", properties: { a: "b" } },
    ]);
  });

  it("comes after those before it, thousands of them, and leaves nothing behind in mqtt.js", async () => {
    const hub = await hubOn(cleanUp);
    const session = await open({ hub: device(hub), closeTimeout: 20_000 });
    const texts = Array.from({ length: 2_000 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => session.sendMessage(message(text))));
    expect(textsAt(hub)).toEqual(texts);
    const before = performance.now();
    await session.close();
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it("that no hub takes is refused here, and costs no session", async () => {
    const hub = await hubOn(cleanUp);
    const session = await open({ hub: device(hub) });
    const body = new Uint8Array(256 * 1024 + 1);
    const long = { properties: { long: "ä".repeat(20_000) } };
    await expect(session.sendMessage(message("1", { body }))).rejects.toMatchObject({
      code: "MESSAGE_TOO_LARGE",
    });
    await expect(session.sendMessage(message("2", long))).rejects.toMatchObject({
      code: "MESSAGE_TOO_LARGE",
    });
    await session.sendMessage(message("3", { body: body.subarray(1) }));
    expect(hub.messages.received().map(({ body: { length } }) => length)).toEqual([256 * 1024]);
  });
});

describe("a message that the hub does not acknowledge", () => {
  const inFlight = async (
    given: Partial<Parameters<typeof open>[0]> = {},
  ): Promise<{ session: HubSession; fate: Promise<string>; hub: Awaited<ReturnType<typeof hubWith>> }> => {
    const hub = await hubWith({ puback: "silence" });
    const arrived = hub.packet("publish");
    const session = await open({ hub, ...given });
    const fate = fateOf(session.sendMessage(message("1")));
    await arrived;
    return { hub, session, fate };
  };

  it("fails when the connection is lost", async () => {
    const { hub, session, fate } = await inFlight();
    for (const socket of hub.open) socket.destroy();
    expect(await fate).toMatch(/ended before/);
    expect(await fateOf(session.sendMessage(message("2")))).toMatch(/takes no messages/);
  });

  it("does not hold up the goodbye beyond its time, and fails then", async () => {
    const { hub, session, fate } = await inFlight({ closeTimeout: 400 });
    const before = performance.now();
    await session.close();
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(await fate).toMatch(/ended before/);
    // By word and not by force: mqtt.js did not wait for it any more.
    expect(hub.received.at(-1)).toBe("disconnect");
  });

  it("may still be when the session is being closed, and counts then", async () => {
    const { hub, session, fate } = await inFlight({ closeTimeout: 20_000 });
    const closed = session.close();
    hub.acknowledgeAll();
    expect(await fate).toBe("arrived");
    await closed;
  });

  it("ends the session in the end, as it would be a link that carries nothing", async () => {
    const clock = createFakeClock();
    const { session, fate } = await inFlight({ clock, connectTimeout: 1_000 });
    clock.advance(3_999);
    expect(await Promise.race([session.ended, setImmediate("it goes on")])).toBe("it goes on");
    clock.advance(1);
    expect(classifyFailure(await session.ended)).toMatchObject({ reason: "messages-unacknowledged" });
    expect(await fate).toMatch(/ended before/);
    await session.close();
    expect(clock.pending).toBe(0);
  });

  it("is waited for by whoever wants all delivered that was sent, as long as a connect time-out", async () => {
    const { hub, session } = await inFlight({ connectTimeout: 5_000 });
    const delivered = session.delivered();
    await session.check(); // The hub has answered this one, and so the other before it.
    expect(await Promise.race([delivered, setImmediate("it waits")])).toBe("it waits");
    hub.acknowledgeAll();
    await delivered;
  });
});

describe("while the next session logs in", () => {
  it("the old one takes nothing, and everything again if it goes on", async () => {
    const hub = await hubOn(cleanUp);
    const session = await open({ hub: device(hub) });
    session.handOver(true);
    expect(await fateOf(session.sendMessage(message("1")))).toMatch(/takes no messages/);
    await expect(session.getTwin()).rejects.toThrow(/takes no twin requests/);
    expect(session.sendReply("1", 200, "null")).toBe(false);
    session.handOver(false);
    await session.sendMessage(message("2"));
    expect(textsAt(hub)).toEqual(["2"]);
  });
});
