import { describe, expect, it } from "vitest";
import { MINUTE, SECOND } from "./policy.ts";
import { NO_HUB, NOT_ME, scene } from "./support/scene.ts";

describe("the supervisor", () => {
  it("goes from stopped to online, and back when it is told to stop", async () => {
    const { supervisor, sessions, seen, settle, timerCount } = scene();
    expect(supervisor.state).toBe("stopped");
    supervisor.start();
    await settle();
    expect(supervisor.state).toBe("online");
    expect(supervisor.current).toBe(sessions[0]);
    await supervisor.stop();
    expect(seen.states).toEqual(["connecting", "online", "closing", "stopped"]);
    expect(sessions[0]?.closed).toBe(true);
    expect(supervisor.current).toBeUndefined();
    expect(timerCount()).toBe(0);
  });

  it("starts before its hub, and gets there when the hub does", async () => {
    const { supervisor, seen, settle, advance, failWith } = scene();
    failWith(NO_HUB);
    supervisor.start();
    await advance(60 * MINUTE);
    expect(supervisor.state).toBe("waiting");
    expect(seen.delays.slice(0, 6)).toEqual([500, 530, 561, 595, 631, 669]);
    expect(supervisor.lastFailure).toMatchObject({ class: "network", reason: "ECONNREFUSED" });
    failWith(undefined);
    await advance(10 * SECOND);
    await settle();
    expect(supervisor.state).toBe("online");
    expect(supervisor.lastFailure).toBeUndefined();
  });

  it("is patient with refused credentials, each class counting for itself", async () => {
    const { supervisor, seen, advance, failWith } = scene();
    failWith(NOT_ME);
    supervisor.start();
    await advance(15 * SECOND);
    failWith(NO_HUB);
    await advance(30 * SECOND + 1);
    expect(seen.classes.slice(0, 3)).toEqual(["unauthorized", "unauthorized", "network"]);
    expect(seen.delays.slice(0, 3)).toEqual([15 * SECOND, 30 * SECOND, 500]);
  });

  it("forgets failures only after a session was stable for a minute", async () => {
    const { supervisor, sessions, seen, settle, advance } = scene();
    supervisor.start();
    await settle();
    for (let round = 0; round < 3; round += 1) {
      await advance(45 * SECOND);
      sessions.at(-1)?.end();
      await settle();
      await advance(10 * SECOND);
    }
    expect(seen.delays).toEqual([500, 530, 561]);
    await advance(61 * SECOND);
    sessions.at(-1)?.end();
    await settle();
    expect(seen.delays.at(-1)).toBe(500);
    expect(seen.classes).toEqual(["lost", "lost", "lost", "lost"]);
  });

  it("replaces a session before its token ends, at once and without counting a failure", async () => {
    const { supervisor, sessions, seen, settle, advance } = scene();
    supervisor.start();
    await settle();
    await advance(39 * MINUTE);
    expect(sessions).toHaveLength(2);
    expect(sessions[0]?.closed).toBe(true);
    expect(supervisor.state).toBe("online");
    expect(seen.classes).toEqual([]);
    expect(seen.delays).toEqual([]);
  });

  it("does not replace a session under a call in flight", async () => {
    const { supervisor, sessions, settle, advance, busyUntil } = scene();
    const call = Promise.withResolvers<void>();
    busyUntil(call.promise);
    supervisor.start();
    await settle();
    await advance(40 * MINUTE);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.closed).toBe(false);
    call.resolve();
    await settle();
    expect(sessions).toHaveLength(2);
  });

  it("is not moved by a late event of an old session", async () => {
    const { supervisor, sessions, seen, settle, advance } = scene();
    supervisor.start();
    await settle();
    await advance(39 * MINUTE);
    const states = seen.states.length;
    sessions[0]?.end();
    await settle();
    expect(supervisor.state).toBe("online");
    expect(supervisor.current).toBe(sessions[1]);
    expect(seen.states).toHaveLength(states);
  });

  it("stops at once while it waits, and makes no session afterwards", async () => {
    const { supervisor, sessions, settle, advance, failWith, timerCount } = scene();
    failWith(NOT_ME);
    supervisor.start();
    await settle();
    expect(supervisor.state).toBe("waiting");
    await supervisor.stop();
    failWith(undefined);
    await advance(60 * MINUTE);
    expect(supervisor.state).toBe("stopped");
    expect(sessions).toHaveLength(0);
    expect(timerCount()).toBe(0);
  });

  it("sees a rival that ends each session before its subscription", async () => {
    const { supervisor, seen, advance, failWith } = scene();
    failWith({ phase: "subscribing" });
    supervisor.start();
    await advance(5 * MINUTE);
    expect(seen.classes.slice(0, 4)).toEqual(["refused", "refused", "refused", "conflict"]);
  });

  it("outlives an error that is no session's failure", async () => {
    const { supervisor, seen, settle, advance, failWith } = scene();
    failWith({ phase: "dialing", error: new TypeError("something of the SDK broke") });
    supervisor.start();
    await settle();
    failWith(undefined);
    await advance(SECOND);
    expect(seen.attempts).toEqual(["failed", "online"]);
    expect(supervisor.state).toBe("online");
  });
});
