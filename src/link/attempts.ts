import type { Clock } from "../clock.ts";
import { MINUTE } from "../durations.ts";
import type { Way } from "./dialing.ts";
import { classifyFailure, type Failure, type RawFailure } from "./failure.ts";
import { type HubSession, type SessionEvents, SessionFailure } from "./hub-session.ts";
import type { Identity, IdentitySource } from "./identity.ts";
import { openSession, type SessionSettings } from "./session/session.ts";
import type { Trust } from "./trust.ts";
import type { Ways } from "./ways.ts";
import { diagnoseClock } from "./wrong-clock.ts";

export interface AttemptsOptions {
  readonly identities: IdentitySource;
  readonly trust: Trust;
  readonly ways: Ways;
  readonly settings: SessionSettings;
  readonly clock: Clock;
}

export interface Attempt {
  readonly generation: number;
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** A session serves meanwhile: there is time to try the better way first. */
  readonly replacing: boolean;
  readonly events: SessionEvents;
}

/** Attempts to get online: who we are now, whom we trust now, and the ways there. */
export interface Attempts {
  /** @throws SessionFailure of the way that came furthest, if none leads to the hub */
  open(attempt: Attempt): Promise<HubSession>;
  /** Of the last attempt; undefined before the first. */
  readonly identity: Identity | undefined;
  /** Whether the clock of this machine is behind a failure. */
  diagnose(failure: Failure): Promise<Failure>;
  /** What else may be tried at once, after the last attempt failed so. */
  another(failure: Failure): string | undefined;
}

/**
 * One attempt in so many that could not be dialed in time is given all the time there is: a link may be slow for ever,
 * where the others assume that packets vanish.
 */
const PATIENT_DIAL = 4;

/** More than the provisioning service takes at the longest. */
const IDENTIFY_LIMIT_MS = 2 * MINUTE;

/** The hub's name does not exist (any more): the device may have been moved to another hub. */
const NO_SUCH_HUB = "ENOTFOUND";
const DIAL_TIMEOUT = "timeout-dialing";

export function createAttempts({ identities, trust, ways, settings, clock }: AttemptsOptions): Attempts {
  let identity: Identity | undefined;
  const dialedInVain = new Map<Way, number>();

  /** The settings for the next dial. */
  function dialSettings(way: Way): SessionSettings {
    const isPatient = (dialedInVain.get(way) ?? 0) % PATIENT_DIAL === PATIENT_DIAL - 1;
    return isPatient ? { ...settings, dialTimeout: settings.connectTimeout } : settings;
  }

  /** Bounded, as a disk or a daemon may never answer: what comes later is not waited for. */
  function identify(signal: AbortSignal): Promise<[Identity, string | undefined]> {
    const { promise, resolve, reject } = Promise.withResolvers<[Identity, string | undefined]>();
    const giveUp = (failure: Omit<RawFailure, "phase">): void =>
      reject(new SessionFailure({ phase: "identifying", ...failure }));
    const aborted = (): void => giveUp({});
    const stopTimer = clock.setTimer(IDENTIFY_LIMIT_MS, () => giveUp({ timedOut: true }));
    signal.addEventListener("abort", aborted);
    Promise.all([identities.obtain(signal), trust.read()]).then(resolve, (error: unknown) =>
      giveUp({ error }),
    );
    return promise.finally(() => {
      stopTimer();
      signal.removeEventListener("abort", aborted);
    });
  }

  return {
    get identity() {
      return identity;
    },

    async open({ generation, signal, replacing, events }) {
      const [who, ca] = await identify(signal);
      identity = who;
      /** That of the better way, unless the other one has come further. */
      let told: { error: SessionFailure; failure: Failure } | undefined;
      for (const way of ways.order(replacing)) {
        try {
          const session = await openSession(dialSettings(way), {
            ...events,
            generation,
            identity: who,
            way,
            ca,
            signal,
          });
          ways.worked(way);
          dialedInVain.clear();
          return session;
        } catch (error) {
          if (!(error instanceof SessionFailure)) throw error;
          const failure = classifyFailure(error.failure);
          const further = told?.failure.class === "network" && failure.class !== "network";
          if (told === undefined || further) told = { error, failure };
          if (failure.reason === DIAL_TIMEOUT) dialedInVain.set(way, (dialedInVain.get(way) ?? 0) + 1);
          settings.logger.debug(
            { event: "link.way-closed", generation, way, reason: failure.reason },
            `no way in by ${way}`,
          );
          if (!ways.worthAnother(failure) || signal.aborted) break;
        }
      }
      if (!replacing) ways.failed();
      throw told?.error ?? new SessionFailure({ phase: "dialing" });
    },

    async diagnose(failure) {
      // A certificate proves a device by the hub's clock alone.
      const judgedByHub = failure.class === "unauthorized" && identity?.proof.kind === "x509";
      if (identity === undefined || judgedByHub) return failure;
      const { hostname: host } = new URL(`https://${identity.gatewayHostName ?? identity.hostName}`);
      const { webSocketPort: port, proxy } = settings;
      return diagnoseClock(failure, { hub: { host, port, proxy }, clock });
    },

    another(failure) {
      const isRejected = failure.class === "unauthorized" || failure.reason === NO_SUCH_HUB;
      return identity !== undefined && isRejected ? identities.rejected(identity, failure) : undefined;
    },
  };
}
