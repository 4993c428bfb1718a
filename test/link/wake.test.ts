import { describe, expect, it } from "vitest";
import { MINUTE, SECOND } from "./policy.ts";
import { NO_HUB, NOT_ME, scene } from "./support/scene.ts";

describe("a wake-up", () => {
  it("ends a long wait, and the next one is short again", async () => {
    const { supervisor, seen, settle, advance, failWith } = scene();
    failWith(NOT_ME);
    supervisor.start();
    await advance(60 * MINUTE);
    const waits = seen.delays.length;
    expect(seen.delays.at(-1)).toBe(7.5 * MINUTE);
    supervisor.wake("clock");
    await settle();
    expect(seen.delays).toHaveLength(waits + 1);
    expect(seen.delays.at(-1)).toBe(15 * SECOND);
  });

  it("that comes during an attempt lets the next one follow at once, should it fail", async () => {
    const { supervisor, seen, settle, openWhen, failWith } = scene();
    const opened = Promise.withResolvers<void>();
    failWith(NOT_ME);
    openWhen(opened.promise);
    supervisor.start();
    await settle();
    supervisor.wake("identity");
    opened.resolve();
    await settle();
    expect(seen.attempts).toEqual(["failed", "failed"]);
    expect(supervisor.state).toBe("waiting");
  });

  it("of either kind is kept while an attempt is made", async () => {
    const { supervisor, sessions, settle, openWhen } = scene();
    const opened = Promise.withResolvers<void>();
    openWhen(opened.promise);
    supervisor.start();
    await settle();
    supervisor.wake("identity");
    supervisor.wake("clock");
    openWhen(undefined);
    opened.resolve();
    await settle();
    expect(sessions).toHaveLength(2);
    expect(sessions[0]?.closed).toBe(true);
  });

  it("does not keep the link from stopping while a session is checked", async () => {
    const { supervisor, sessions, settle } = scene();
    supervisor.start();
    await settle();
    const session = sessions[0];
    if (session !== undefined) session.check = () => new Promise(() => {});
    supervisor.wake("clock");
    await settle();
    await supervisor.stop();
    expect(session?.closed).toBe(true);
  });

  it("has a session checked when time has passed unseen, and does not replace it", async () => {
    const { supervisor, sessions, settle, checks } = scene();
    supervisor.start();
    await settle();
    supervisor.wake("clock");
    await settle();
    expect(checks).toEqual([1]);
    expect(sessions).toHaveLength(1);
  });
});

describe("a failure that something else may be tried after", () => {
  it("is followed by the next attempt at once, and is told", async () => {
    const others = ["the secondary key", undefined];
    const { supervisor, seen, settle, failWith } = scene({ another: () => others.shift() });
    failWith(NOT_ME);
    supervisor.start();
    await settle();
    expect(seen.attempts).toEqual(["failed", "failed"]);
    expect(seen.classes).toEqual(["unauthorized", "unauthorized"]);
    expect(seen.delays).toEqual([15 * SECOND]);
  });

  it("may turn out to be of another class", async () => {
    const { supervisor, seen, settle, failWith } = scene({
      diagnose: async () => ({ class: "clock", reason: "clock-connack-5", message: "set it" }),
    });
    failWith(NOT_ME);
    supervisor.start();
    await settle();
    expect(seen.classes).toEqual(["clock"]);
    expect(supervisor.lastFailure?.message).toBe("set it");
  });

  it("does not keep the link from stopping while somebody looks at it", async () => {
    const { supervisor, settle, failWith } = scene({ diagnose: () => new Promise(() => {}) });
    failWith(NOT_ME);
    supervisor.start();
    await settle();
    await supervisor.stop();
    expect(supervisor.state).toBe("stopped");
  });

  it("stays what it is if it cannot be looked into", async () => {
    const { supervisor, seen, settle, failWith } = scene({
      diagnose: () => Promise.reject(new Error("broken")),
    });
    failWith(NOT_ME);
    supervisor.start();
    await settle();
    expect(supervisor.state).toBe("waiting");
    expect(seen.classes).toEqual(["unauthorized"]);
  });

  it("asks for time, and gets it", async () => {
    const { supervisor, seen, settle, failWith } = scene({
      diagnose: async (failure) => ({ ...failure, retryAfter: 5 * MINUTE }),
    });
    failWith(NO_HUB);
    supervisor.start();
    await settle();
    expect(seen.delays).toEqual([5 * MINUTE]);
  });
});
