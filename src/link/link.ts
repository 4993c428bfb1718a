import type { Logger } from "pino";
import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import type { BackoffPolicy } from "./backoff.ts";
import type { Failure } from "./failure.ts";
import type { IncomingCall } from "./hub-session.ts";
import { describeIdentity, type Identity } from "./identity.ts";
import { openSession } from "./session.ts";
import { createSupervisor, type LinkObserver, type LinkState } from "./supervisor.ts";

/**
 * Shares of the token's life: a session is replaced when the first has passed, and waits for calls in flight no
 * longer than the second, so that it is gone before the SDK renews the token in its own way (at 0.9).
 */
const RENEWAL = { after: 0.65, patience: 0.2 } as const;

/** Durations in milliseconds. */
export interface LinkOptions {
  readonly identity: Identity;
  readonly ca?: string;
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
  /** Takes each call; `reply` sends on whichever session is online by then, and says whether there was one. */
  onCall(call: IncomingCall, reply: (status: number, body: string) => boolean): void;
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
  const { identity, logger, clock = systemClock, random = Math.random, tokenLifetime } = options;
  const settings = { ...options, clock };

  const supervisor = createSupervisor({
    openSession: ({ generation, signal }) =>
      openSession(settings, {
        generation,
        signal,
        onCall: (call) => {
          // A reply that comes after a short loss goes out on the next session: the hub knows it by its request id.
          options.onCall(
            call,
            (status, body) => supervisor.current?.sendReply(call.requestId, status, body) ?? false,
          );
        },
      }),
    backoff: options.backoff,
    stableAfter: options.stableAfter,
    renewAfter: tokenLifetime * RENEWAL.after,
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
      logger.info(describeIdentity(identity), "connecting to the hub");
      supervisor.start();
    },
    stop: () => supervisor.stop(),
  };
}
