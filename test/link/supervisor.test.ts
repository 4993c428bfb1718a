import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import type { RawFailure } from "../../src/link/failure.ts";
import { type HubSession, SessionFailure } from "../../src/link/hub-session.ts";
import { createSupervisor, type LinkState } from "../../src/link/supervisor.ts";
import { DEFAULT_POLICY, MINUTE, SECOND } from "./policy.ts";

/** A session that the test ends when it wants to. */
interface Made extends HubSession {
  end(failure?: RawFailure): void;
  closed: boolean;
}

/** A supervisor on a clock of the test's own, with sessions that succeed or fail as told. */
function scene(options: { random?: number } = {}) {
  let now = 0;
  let timers: { at: number; fire: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    wallClock: () => now,
    setTimer(milliseconds, fire) {
      const timer = { at: now + milliseconds, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const advance = async (milliseconds: number): Promise<void> => {
    await settle();
    const until = now + milliseconds;
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      now = next.at;
      timers = timers.filter((each) => each !== next);
      next.fire();
      await settle();
    }
    now = until;
    await settle();
  };

  const seen = {
    states: [] as LinkState[],
    delays: [] as number[],
    classes: [] as string[],
    attempts: [] as string[],
  };
  const sessions: Made[] = [];
  let nextFailure: RawFailure | undefined;
  let idle = Promise.resolve();
  const supervisor = createSupervisor({
    async openSession({ generation }) {
      if (nextFailure !== undefined) throw new SessionFailure(nextFailure);
      const ended = Promise.withResolvers<RawFailure>();
      const session: Made = {
        generation,
        ended: ended.promise,
        closed: false,
        way: "mqtt",
        check: async () => {},
        sendReply: () => true,
        end: (failure = { phase: "online" }) => ended.resolve(failure),
        async close() {
          session.closed = true;
        },
      };
      sessions.push(session);
      return session;
    },
    backoff: DEFAULT_POLICY,
    stableAfter: MINUTE,
    renewAfter: () => 39 * MINUTE,
    settled: () => idle,
    clock,
    random: () => options.random ?? 0.5,
    logger: pino({ level: "silent" }),
    observer: {
      stateChanged: (state) => seen.states.push(state),
      attempted: (outcome) => seen.attempts.push(outcome),
      failed: (failure) => seen.classes.push(failure.class),
      backoff: (milliseconds) => milliseconds > 0 && seen.delays.push(milliseconds),
    },
  });
  return {
    supervisor,
    sessions,
    seen,
    settle,
    advance,
    failWith: (failure: RawFailure | undefined) => {
      nextFailure = failure;
    },
    busyUntil: (promise: Promise<void>) => {
      idle = promise;
    },
    timerCount: () => timers.length,
  };
}

const NO_HUB: RawFailure = {
  phase: "dialing",
  error: Object.assign(new Error("no"), { code: "ECONNREFUSED" }),
};
const NOT_ME: RawFailure = { phase: "connecting", error: Object.assign(new Error("no"), { code: 5 }) };

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
    expect(seen.delays.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 7500, 7500]);
    expect(supervisor.lastFailure).toMatchObject({ class: "network", reason: "ECONNREFUSED" });
    failWith(undefined);
    await advance(7500);
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
    expect(seen.delays).toEqual([500, 1000, 2000]);
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
