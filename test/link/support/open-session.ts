import { pino } from "pino";
import { expect } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { classifyFailure, type Failure } from "../../../src/link/failure.ts";
import { type HubSession, type SessionEvents, SessionFailure } from "../../../src/link/hub-session.ts";
import { openSession, type SessionSettings } from "../../../src/link/session/session.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import { identityOf } from "../../support/hub/identity.ts";
import { type Faults, type FaultyHub, startFaultyHub } from "../faulty-hub.ts";

interface Attempt extends Partial<SessionSettings>, Partial<SessionEvents> {
  hub: Pick<FaultyHub, "connectionString"> & { ca?: string };
  signal?: AbortSignal;
}

/** Hubs that err, and sessions with them, all gone after the test. */
export function sessionsOf(cleanUp: CleanUp) {
  return { hubWith, open, failureOf };

  async function hubWith(faults: Faults = {}): Promise<FaultyHub> {
    const hub = await startFaultyHub(faults);
    cleanUp.add(() => hub.stop());
    return hub;
  }

  async function open(attempt: Attempt): Promise<HubSession> {
    const {
      hub,
      signal,
      onCall = () => {},
      onMessage,
      onDesired,
      onChecked,
      onOrdinaryPath,
      ...settings
    } = attempt;
    const session = await openSession(
      {
        keepAlive: 40_000,
        dialTimeout: 5_000,
        connectTimeout: 5_000,
        closeTimeout: 500,
        tokenLifetime: 3_600_000,
        productInfo: "hubhand/test",
        webSocketPort: 443,
        clock: systemClock,
        logger: pino({ level: "silent" }),
        ...settings,
      },
      {
        generation: 1,
        identity: identityOf(hub.connectionString),
        way: "mqtt",
        ca: hub.ca,
        signal: signal ?? new AbortController().signal,
        onCall,
        onMessage,
        onDesired,
        onChecked,
        ...(onOrdinaryPath === undefined ? {} : { onOrdinaryPath }),
      },
    );
    cleanUp.add(() => session.close());
    return session;
  }

  async function failureOf(attempt: Promise<HubSession>): Promise<Failure> {
    const error = await attempt.then(
      () => expect.fail("it came online"),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SessionFailure);
    return classifyFailure((error as SessionFailure).failure);
  }
}
