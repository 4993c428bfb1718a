import type { Logger } from "pino";
import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import type { BackoffPolicy } from "./backoff.ts";
import type { Failure } from "./failure.ts";
import { createHeldReplies } from "./held-replies.ts";
import type { HubSession, IncomingCall } from "./hub-session.ts";
import type { IdentitySource } from "./identity.ts";
import { openSession } from "./session.ts";
import { createSupervisor, type LinkObserver, type LinkState } from "./supervisor.ts";
import { fixedTrust, type Trust } from "./trust.ts";

/**
 * Shares of the token's life: a session is replaced somewhere between the first and the second, so that a fleet that
 * came back together does not do so again, and waits for calls in flight no longer than the third. Then it is gone
 * before the SDK renews the token in its own way (at 0.9).
 */
const RENEWAL = { earliest: 0.45, latest: 0.65, patience: 0.2 } as const;

/**
 * Sends a reply on whichever session is online, or on the next one, as long as the hub may wait for it; calls `lost`
 * once if it never can.
 */
export type SendReply = (status: number, body: string, lost: () => void) => void;

/** Durations in milliseconds. */
export interface LinkOptions {
  readonly identities: IdentitySource;
  /** What Node trusts, if absent. */
  readonly trust?: Trust;
  readonly webSocketPort: number;
  readonly keepAlive: number;
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly stableAfter: number;
  readonly tokenLifetime: number;
  readonly backoff: BackoffPolicy;
  readonly productInfo: string;
  readonly logger: Logger;
  readonly observer: LinkObserver;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Takes each call, and the function that sends its reply. */
  onCall(call: IncomingCall, reply: SendReply): void;
  /** Resolves when no call is in flight. */
  idle(): Promise<void>;
}

export interface Link {
  readonly state: LinkState;
  readonly lastFailure: Failure | undefined;
  start(): void;
  stop(): Promise<void>;
}

/** The one connection of this agent to its hub, kept for ever. */
export function createLink(options: LinkOptions): Link {
  const { identities, trust = fixedTrust(), logger, tokenLifetime } = options;
  const { clock = systemClock, random = Math.random } = options;
  const settings = { ...options, clock };

  const held = createHeldReplies(clock);

  const supervisor = createSupervisor({
    async openSession({ generation, signal }) {
      const [identity, ca] = await Promise.all([identities.obtain(signal), trust.read()]);
      const session = await openSession(settings, { generation, identity, way: "mqtt", ca, signal, onCall });
      held.sendOn(session);
      return session;
    },
    backoff: options.backoff,
    stableAfter: options.stableAfter,
    renewAfter: () => tokenLifetime * (RENEWAL.earliest + (RENEWAL.latest - RENEWAL.earliest) * random()),
    settled: () => waitAtMost(options.idle(), tokenLifetime * RENEWAL.patience, clock),
    clock,
    random,
    logger,
    observer: options.observer,
  });

  return {
    get state() {
      return supervisor.state;
    },
    get lastFailure() {
      return supervisor.lastFailure;
    },
    start() {
      logger.info(identities.description, "connecting to the hub");
      supervisor.start();
    },
    async stop() {
      await supervisor.stop();
      held.loseAll();
    },
  };

  function onCall(call: IncomingCall, session: HubSession): void {
    const { requestId } = call;
    options.onCall(call, (status, body, lost) => {
      // The call's own session first: a reply may be ready before the supervisor has heard that it is online.
      if (session.sendReply(requestId, status, body)) return;
      if (supervisor.current?.sendReply(requestId, status, body) === true) return;
      held.hold({ requestId, status, body, lost });
    });
  }
}
