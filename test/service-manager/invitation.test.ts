import { describe, expect, it } from "vitest";
import { takeInvitation } from "../../src/service-manager/invitation.ts";

const PID = 4711;
const WHOLE = {
  NOTIFY_SOCKET: "/run/systemd/notify",
  WATCHDOG_USEC: "60000000",
  WATCHDOG_PID: "4711",
  LISTEN_PID: "4711",
  LISTEN_FDS: "2",
  LISTEN_FDNAMES: "other:notify",
};

describe("the invitation of a service manager", () => {
  it("says where it listens, by which descriptor, and how often it wants a sign of life", () => {
    const expected = { socket: "/run/systemd/notify", descriptor: 4, watchdogMs: 60_000 };
    expect(takeInvitation({ ...WHOLE }, PID)).toEqual(expected);
  });

  it("is taken out of the environment, and nothing else is", () => {
    const env: Record<string, string | undefined> = { ...WHOLE, LISTEN_PIDFDID: "1", PATH: "/usr/bin" };
    takeInvitation(env, PID);
    expect(env).toEqual({ PATH: "/usr/bin" });
  });

  it.each([
    ["of another process's watchdog", { WATCHDOG_PID: "1" }, { watchdogMs: undefined }],
    ["without a watchdog", { WATCHDOG_USEC: undefined }, { watchdogMs: undefined }],
    ["with a watchdog that makes no sense", { WATCHDOG_USEC: "often" }, { watchdogMs: undefined }],
    ["with a watchdog for whoever", { WATCHDOG_PID: undefined }, { watchdogMs: 60_000 }],
    ["with another process's descriptors", { LISTEN_PID: "1" }, { descriptor: undefined }],
    ["with fewer descriptors than names", { LISTEN_FDS: "1" }, { descriptor: undefined }],
    ["without names", { LISTEN_FDNAMES: undefined }, { descriptor: undefined }],
  ])("%s", (_, changed, expected) => {
    expect(takeInvitation({ ...WHOLE, ...changed }, PID)).toMatchObject(expected);
  });

  it.each([undefined, ""])("is none without a socket (%s)", (NOTIFY_SOCKET) => {
    expect(takeInvitation({ ...WHOLE, NOTIFY_SOCKET }, PID)).toBeUndefined();
  });
});
