import { describe, expect, it } from "vitest";
import { MINUTE, SECOND } from "./policy.ts";
import { NO_HUB, scene } from "./support/scene.ts";

const onlineScene = async () => {
  const made = scene();
  made.supervisor.start();
  await made.settle();
  return made;
};

describe("a session that is replaced", () => {
  it("serves until the next one is online", async () => {
    const { supervisor, sessions, advance, openWhen, settle } = await onlineScene();
    const opened = Promise.withResolvers<void>();
    openWhen(opened.promise);
    await advance(40 * MINUTE);
    expect(supervisor.state).toBe("online");
    expect(supervisor.current).toBe(sessions[0]);
    expect(sessions[0]?.closed).toBe(false);
    opened.resolve();
    await settle();
    expect(supervisor.current).toBe(sessions[1]);
    expect(sessions[0]?.closed).toBe(true);
  });

  it("goes on if the next one cannot be made, and is tried again with patience", async () => {
    const { supervisor, sessions, seen, advance, failWith } = await onlineScene();
    failWith(NO_HUB);
    await advance(39 * MINUTE + SECOND);
    expect(supervisor.state).toBe("online");
    expect(supervisor.current).toBe(sessions[0]);
    expect(sessions[0]?.closed).toBe(false);
    expect(seen.classes).toContain("network");
    expect(supervisor.lastFailure).toBeUndefined();
    failWith(undefined);
    await advance(MINUTE);
    expect(supervisor.current).toBe(sessions[1]);
    expect(sessions[0]?.closed).toBe(true);
  });

  it("is told as connecting while the hub has ended it and the next one is not online yet", async () => {
    const { supervisor, sessions, advance, openWhen, settle, seen } = await onlineScene();
    const opened = Promise.withResolvers<void>();
    openWhen(opened.promise);
    await advance(39 * MINUTE);
    sessions[0]?.end();
    await settle();
    expect(supervisor.state).toBe("connecting");
    opened.resolve();
    await settle();
    expect(supervisor.state).toBe("online");
    expect(seen.classes).toEqual([]);
  });

  it("counts a failure if the hub has ended it and the next one cannot be made", async () => {
    const { supervisor, sessions, advance, openWhen, failWith, settle, seen } = await onlineScene();
    const opened = Promise.withResolvers<void>();
    openWhen(opened.promise);
    await advance(39 * MINUTE);
    sessions[0]?.end();
    failWith(NO_HUB);
    opened.resolve();
    await settle();
    expect(supervisor.state).toBe("waiting");
    expect(seen.classes).toEqual(["network"]);
  });

  it("makes way at once when the files of its identity have changed", async () => {
    const { supervisor, sessions, settle } = await onlineScene();
    supervisor.wake("identity");
    await settle();
    expect(supervisor.current).toBe(sessions[1]);
    expect(sessions[0]?.closed).toBe(true);
  });

  it("waits for calls in flight whatever else happens meanwhile", async () => {
    const { supervisor, sessions, advance, settle, busyUntil } = await onlineScene();
    const call = Promise.withResolvers<void>();
    busyUntil(call.promise);
    await advance(39 * MINUTE);
    supervisor.wake("identity");
    supervisor.wake("clock");
    await settle();
    expect(sessions).toHaveLength(1);
    call.resolve();
    await settle();
    expect(supervisor.current).toBe(sessions[1]);
  });

  it("leaves neither timer nor session behind when it is told to stop in the middle", async () => {
    const { supervisor, sessions, advance, openWhen, timerCount } = await onlineScene();
    const opened = Promise.withResolvers<void>();
    openWhen(opened.promise);
    await advance(39 * MINUTE);
    const stopped = supervisor.stop();
    opened.resolve();
    await stopped;
    expect(sessions.map(({ closed }) => closed)).toEqual([true, true]);
    expect(supervisor.state).toBe("stopped");
    expect(timerCount()).toBe(0);
  });
});
