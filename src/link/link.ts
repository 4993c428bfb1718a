import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import { MINUTE } from "../durations.ts";
import { watchFiles } from "../files/changed-files.ts";
import { createAttempts } from "./attempts.ts";
import type { BackoffPolicy } from "./backoff.ts";
import type { Way } from "./dialing.ts";
import type { Failure } from "./failure.ts";
import { createHeldReplies } from "./held-replies.ts";
import type { HubSession, IncomingCall, SessionEvents } from "./hub-session.ts";
import { describeIdentity, type IdentitySource } from "./identity.ts";
import type { SessionSettings } from "./session/session.ts";
import { createSupervisor, type LinkObserver, type LinkState } from "./supervisor.ts";
import { fixedTrust, type Trust } from "./trust.ts";
import { untilServed } from "./until-served.ts";
import { watchPassingTime } from "./watch/passing-time.ts";
import { keepChecking } from "./watch/subscription.ts";
import { createWays, type TransportChoice } from "./ways.ts";

/**
 * Shares of the token's life: a session is replaced somewhere between the first and the second, so that a fleet that
 * came back together does not do so again, and waits for calls in flight no longer than the third. Then it is gone
 * before the SDK renews the token in its own way (at 0.9).
 */
export const RENEWAL = { earliest: 0.45, latest: 0.65, patience: 0.2 } as const;

/** A session without a token that goes the second best way is replaced after this time, to try the better one. */
const BETTER_WAY = { earliest: 30 * MINUTE, latest: 60 * MINUTE } as const;

/**
 * Sends a reply on whichever session is online, or on the next one, as long as the hub may wait for it; calls `lost`
 * once if it never can.
 */
export type SendReply = (status: number, body: string, lost: () => void) => void;

/** Durations in milliseconds. */
export interface LinkOptions
  extends Omit<SessionSettings, "clock">,
    Pick<SessionEvents, "onDesired" | "onMessage" | "onChecked"> {
  readonly identities: IdentitySource;
  /** What Node trusts, if absent. */
  readonly trust?: Trust;
  readonly transport: TransportChoice;
  readonly stableAfter: number;
  readonly subscriptionCheck: number;
  readonly backoff: BackoffPolicy;
  readonly observer: LinkObserver;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Takes each call, and the function that sends its reply. */
  onCall(call: IncomingCall, reply: SendReply): void;
  /** Resolves when no call is in flight. */
  idle(): Promise<void>;
  /**
   * Told each session that has come online, one that replaces another too; and again one that was to be replaced, took
   * nothing meanwhile, and goes on.
   */
  readonly onOnline?: ((session: HubSession) => void) | undefined;
}

/** How the link is, for whoever looks. */
export interface LinkStatus {
  readonly state: LinkState;
  /** While online: how. */
  readonly way?: Way;
  /** Who the device is to the hub, once that is known; never a secret. */
  readonly identity?: Readonly<Record<string, string>>;
  /** Why the last session ended or could not be made; absent while online. */
  readonly lastFailure?: Failure;
}

export interface Link {
  /** The one that is online, if one is. */
  readonly session: HubSession | undefined;
  status(): LinkStatus;
  start(): void;
  stop(): Promise<void>;
}

/** The one connection of this agent to its hub, kept for ever. */
export function createLink(options: LinkOptions): Link {
  const { identities, trust = fixedTrust(), logger, tokenLifetime } = options;
  const { clock = systemClock, random = Math.random } = options;
  const settings = { ...options, clock };
  const ways = createWays(options.transport, { viaProxy: options.proxy !== undefined });
  const attempts = createAttempts({ identities, trust, ways, settings, clock });
  const held = createHeldReplies(clock);
  const { onDesired, onMessage, mayServe } = options;
  const toldBySessions: SessionEvents = {
    onCall: untilServed(mayServe, onCall),
    onDesired: onDesired && untilServed(mayServe, onDesired),
    onMessage: onMessage && untilServed(mayServe, onMessage),
    onChecked,
    onOrdinaryPath,
  };
  let toldOfPath = false;
  const stopWatching: (() => void)[] = [];

  const supervisor = createSupervisor({
    async openSession({ generation, signal }) {
      const older = supervisor.current;
      let handedOver = false;
      let goesOn = true;
      void older?.ended.then(() => {
        goesOn = false;
      });
      const onLogin = (): void => {
        handedOver = true;
        older?.handOver(true);
      };
      try {
        const replacing = older !== undefined;
        const events = { ...toldBySessions, onLogin };
        const session = await attempts.open({ generation, signal, replacing, events });
        held.sendOn(session);
        keepChecking(session, { every: options.subscriptionCheck, clock });
        return session;
      } catch (error) {
        if (older !== undefined && handedOver && goesOn) takeBack(older);
        throw error;
      }
    },
    onOnline: options.onOnline,
    backoff: options.backoff,
    stableAfter: options.stableAfter,
    renewAfter({ identity }) {
      const between = (earliest: number, latest: number) => earliest + (latest - earliest) * random();
      if (identity.proof.kind !== "x509") {
        return tokenLifetime * between(RENEWAL.earliest, RENEWAL.latest);
      }
      return ways.secondBest ? between(BETTER_WAY.earliest, BETTER_WAY.latest) : Number.POSITIVE_INFINITY;
    },
    settled: () => waitAtMost(options.idle(), tokenLifetime * RENEWAL.patience, clock),
    diagnose: (failure) => attempts.diagnose(failure),
    another: (failure) => attempts.another(failure),
    clock,
    random,
    logger,
    observer: options.observer,
  });

  return {
    get session() {
      return supervisor.current;
    },
    status() {
      const { state, current, lastFailure } = supervisor;
      // A session that goes on may be another one's than the last attempt's.
      const identity = current?.identity ?? attempts.identity;
      return {
        state,
        ...(current === undefined ? {} : { way: current.way }),
        ...(identity === undefined ? {} : { identity: describeIdentity(identity) }),
        ...(lastFailure === undefined ? {} : { lastFailure }),
      };
    },
    start() {
      logger.info({ event: "link.connecting", ...identities.description }, "connecting to the hub");
      supervisor.start();
      stopWatching.push(
        watchFiles([...identities.files, ...trust.files], {
          clock,
          changed() {
            logger.info({ event: "identity.file-changed" }, "a file of the identity has changed");
            supervisor.wake("identity");
          },
        }),
        watchPassingTime(clock, (what) => {
          logger.warn(
            { event: "link.clock-changed", ...what },
            "the clock was set, or time passed unseen: the link is checked",
          );
          supervisor.wake("clock");
        }),
      );
    },
    async stop() {
      for (const stop of stopWatching.splice(0)) stop();
      await supervisor.stop();
      held.loseAll();
    },
  };

  /** The next session could not be made: this one goes on. */
  function takeBack(session: HubSession): void {
    session.handOver(false);
    held.sendOn(session);
    options.onOnline?.(session);
  }

  function onChecked(session: HubSession): void {
    // One that is being replaced, or has just ended, proves nothing of where calls come now.
    if (supervisor.state === "online" && supervisor.current === session) options.observer.checked();
    options.onChecked?.(session);
  }

  function onOrdinaryPath(): void {
    if (!toldOfPath)
      logger.warn(
        { event: "link.ordinary-path" },
        "calls go the longer way through the MQTT client, which is not built as this version knows it",
      );
    toldOfPath = true;
  }

  function onCall(call: IncomingCall, session: HubSession): void {
    const { requestId } = call;
    options.onCall(call, (status, body, lost) => {
      // The call's own session first: a reply may be ready before the supervisor has heard that it is online.
      const sendOn = (each: HubSession | undefined): boolean =>
        each?.sendReply(requestId, status, body) === true;
      if (!sendOn(session) && !sendOn(supervisor.current)) held.hold({ requestId, status, body, lost });
    });
  }
}
