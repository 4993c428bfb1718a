import { describe, expect, it } from "vitest";
import type { TwinSection } from "../../src/link/hub-twin.ts";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { hubOn } from "./support/link-on-hub.ts";
import { sessionsOf } from "./support/open-session.ts";

const cleanUp = cleanUpAfterEach();
const { hubWith, open } = sessionsOf(cleanUp);

const device = (hub: LocalHub) => ({ connectionString: hub.deviceConnectionString("pi-1"), ca: hub.ca });

describe("the twin", () => {
  it("is fetched, changed by reports, and tells what is desired from now on", async () => {
    const hub = await hubOn(cleanUp);
    const patches: TwinSection[] = [];
    const session = await open({ hub: device(hub), onDesired: (patch) => patches.push(patch) });
    await session.listen("twin");
    expect(await session.getTwin()).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } });

    expect(await session.reportProperties({ agent: { version: "1" }, gone: 1 })).toBe(2);
    expect(await session.reportProperties({ gone: null })).toBe(3);
    hub.twins.patch("pi-1", { properties: { desired: { logLevel: "debug" } } });
    await waitUntil("the change has come", () => patches.length > 0);
    expect(patches).toEqual([{ logLevel: "debug", $version: 2 }]);
    expect(await session.getTwin()).toEqual({
      desired: { logLevel: "debug", $version: 2 },
      reported: { agent: { version: "1" }, $version: 3 },
    });
  });

  it("tells why the hub refuses a report, by its status", async () => {
    const hub = await hubOn(cleanUp);
    const session = await open({ hub: device(hub) });
    await session.listen("twin");
    await expect(session.reportProperties({ big: "x".repeat(40_000) })).rejects.toMatchObject({
      name: "TwinFailure",
      status: expect.toSatisfy((status) => status >= 400 && status < 500),
    });
  });

  it("is asked for in vain no longer than a connect time-out, or to the end of the session", async () => {
    const hub = await hubWith();
    const clock = createFakeClock();
    const session = await open({ hub, clock, connectTimeout: 1_000 });
    const first = session.getTwin();
    clock.advance(1_000);
    await expect(first).rejects.toThrow(/did not answer/);
    const second = expect(session.reportProperties({})).rejects.toThrow(/ended before/);
    await session.close();
    await second;
    await expect(session.getTwin()).rejects.toThrow(/no twin requests any more/);
    expect(clock.pending).toBe(0);
  });

  it("may be malformed in any way without harm", async () => {
    const hub = await hubWith();
    const patches: TwinSection[] = [];
    const topics: string[] = [];
    hub.onPublish = (topic) => topics.push(topic);
    const session = await open({ hub, onDesired: (patch) => patches.push(patch) });
    const malformed = [
      ["$iothub/twin/", "{}"],
      ["$iothub/twin/res/", "{}"],
      ["$iothub/twin/res/200/?$rid=unknown", "{}"],
      ["$iothub/twin/res/2e2/?$rid=1-1", "{}"],
      ["$iothub/twin/PATCH/properties/desired/?$version=x", "{}"],
      ["$iothub/twin/PATCH/properties/desired/?$version=4", "[]"],
      ["$iothub/twin/PATCH/properties/desired/?$version=4", '{"a":'],
      ["$iothub/twin/PATCH/properties/desired/?$version=4", "null"],
    ] as const;
    for (const [topic, payload] of malformed) hub.publish(topic, payload);
    hub.publish("$iothub/twin/PATCH/properties/desired/?$version=5", '{"a":1}');
    await waitUntil("the last has come", () => patches.length > 0);
    expect(patches).toEqual([{ a: 1, $version: 5 }]);

    for (const [answer, why] of [
      ["", /twin that is malformed/],
      ['{"desired":{"$version":1}}', /twin that is malformed/],
      ['{"desired":{"$version":"1"},"reported":{"$version":1}}', /twin that is malformed/],
    ] as const) {
      topics.length = 0;
      const asked = session.getTwin();
      await waitUntil("it is asked", () => topics.length > 0);
      hub.publish(`$iothub/twin/res/200/?${topics[0]?.split("?")[1]}`, answer);
      await expect(asked).rejects.toThrow(why);
    }
  });
});

describe("what a session listens to", () => {
  it("may be refused by the hub, which costs that and not the session", async () => {
    const hub = await hubWith({ refuse: "$iothub/twin" });
    const checked: number[] = [];
    const session = await open({ hub, onChecked: ({ generation }) => checked.push(generation) });
    await expect(session.listen("twin")).rejects.toMatchObject({ name: "SubscriptionRefused" });
    await session.listen("messages");
    await session.check();
    expect(checked).toEqual([1]);
  });

  it("is asked for again with each check, as the hub may have lost it; then whoever listens is told", async () => {
    const hub = await hubOn(cleanUp);
    const came: string[] = [];
    const session = await open({
      hub: device(hub),
      onDesired: () => came.push("desired"),
      onMessage: () => came.push("message"),
      onChecked: () => came.push("checked"),
    });
    await session.listen("twin");
    await session.listen("messages");
    await hub.forgetSession("pi-1");
    hub.twins.patch("pi-1", { properties: { desired: { missed: true } } });
    await hub.messages.send("pi-1", { payload: "kept" });
    await session.check();
    await waitUntil("the message has come", () => came.includes("message"));
    hub.twins.patch("pi-1", { properties: { desired: { heard: true } } });
    await waitUntil("the change has come", () => came.includes("desired"));
    expect(came.toSorted()).toEqual(["checked", "desired", "message"]);
    expect((await session.getTwin()).desired).toMatchObject({ missed: true, heard: true });
  });

  it("ends the session if the hub does not answer, or takes it back", async () => {
    const hub = await hubWith();
    const clock = createFakeClock();
    const deaf = await open({ hub, clock, connectTimeout: 1_000 });
    hub.faults.subscribe = "silence";
    const listening = deaf.listen("twin");
    listening.catch(() => {});
    clock.advance(1_000);
    expect(await deaf.ended).toMatchObject({ timedOut: true });
    await expect(listening).rejects.toThrow();
    delete hub.faults.subscribe;

    const refused = await open({ hub });
    await refused.listen("twin");
    hub.faults.refuse = "$iothub/twin";
    await refused.check();
    expect(await refused.ended).toMatchObject({ error: { name: "SubscriptionRefused" } });
  });
});
