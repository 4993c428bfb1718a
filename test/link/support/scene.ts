import { pino } from "pino";
import type { Clock } from "../../../src/clock.ts";
import type { RawFailure } from "../../../src/link/failure.ts";
import { type HubSession, SessionFailure } from "../../../src/link/hub-session.ts";
import { createSupervisor, type LinkState, type SupervisorOptions } from "../../../src/link/supervisor.ts";
import { DEFAULT_POLICY, MINUTE } from "../policy.ts";
import { idleSession } from "./idle-session.ts";

export const NO_HUB: RawFailure = {
  phase: "dialing",
  error: Object.assign(new Error("no"), { code: "ECONNREFUSED" }),
};
export const NOT_ME: RawFailure = { phase: "connecting", error: Object.assign(new Error("no"), { code: 5 }) };

/** A session that the test ends when it wants to. */
export interface Made extends HubSession {
  end(failure?: RawFailure): void;
  closed: boolean;
}

/** A supervisor on a clock of the test's own, with sessions that succeed or fail as told. */
export function scene(given: Partial<SupervisorOptions> = {}) {
  let now = 0;
  let timers: { at: number; fire: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    wallClock: () => Date.UTC(2027, 0, 1) + now,
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
  let gate: Promise<void> | undefined;
  const checks: number[] = [];
  let idle = Promise.resolve();
  const supervisor = createSupervisor({
    async openSession({ generation }) {
      await gate;
      if (nextFailure !== undefined) throw new SessionFailure(nextFailure);
      const ended = Promise.withResolvers<RawFailure>();
      const session: Made = {
        ...idleSession({ generation, ended: ended.promise }),
        closed: false,
        check: async () => void checks.push(generation),
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
    random: () => 0.5,
    logger: pino({ level: "silent" }),
    observer: {
      stateChanged: (state) => seen.states.push(state),
      attempted: (outcome) => seen.attempts.push(outcome),
      failed: (failure) => seen.classes.push(failure.class),
      backoff: (milliseconds) => milliseconds > 0 && seen.delays.push(milliseconds),
      checked() {},
    },
    ...given,
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
    /** Attempts take as long as this promise. */
    openWhen: (promise: Promise<void> | undefined) => {
      gate = promise;
    },
    /** Generations of the sessions that were asked whether they still have their subscription. */
    checks,
    clock,
    busyUntil: (promise: Promise<void>) => {
      idle = promise;
    },
    timerCount: () => timers.length,
  };
}
