import type { Clock } from "../clock.ts";
import { classifyFailure, type Failure } from "./failure.ts";
import { type HubSession, type IncomingCall, SessionFailure } from "./hub-session.ts";
import type { Identity, IdentitySource } from "./identity.ts";
import { openSession, type SessionSettings } from "./session.ts";
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
  /** The login goes out: the hub ends an older session of the same identity now. */
  onLogin(): void;
  onCall(call: IncomingCall, session: HubSession): void;
}

/** Attempts to get online: who we are now, whom we trust now, and the ways there. */
export interface Attempts {
  /** @throws SessionFailure of the better way, if none leads to the hub */
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

/** The hub's name does not exist (any more): the device may have been moved to another hub. */
const NO_SUCH_HUB = "ENOTFOUND";
const DIAL_TIMEOUT = "timeout-dialing";

export function createAttempts({ identities, trust, ways, settings, clock }: AttemptsOptions): Attempts {
  let identity: Identity | undefined;
  let dialedInVain = 0;

  /** The settings for the next dial. */
  function dialSettings(): SessionSettings {
    const isPatient = dialedInVain % PATIENT_DIAL === PATIENT_DIAL - 1;
    return isPatient ? { ...settings, dialTimeout: settings.connectTimeout } : settings;
  }

  return {
    get identity() {
      return identity;
    },

    async open({ generation, signal, replacing, onLogin, onCall }) {
      const [who, ca] = await Promise.all([identities.obtain(signal), trust.read()]).catch(
        (error: unknown) => {
          throw new SessionFailure({ phase: "identifying", error });
        },
      );
      identity = who;
      let firstFailure: SessionFailure | undefined;
      for (const way of ways.order(replacing)) {
        try {
          const known = { identity: who, ca };
          const session = await openSession(dialSettings(), {
            generation,
            ...known,
            way,
            signal,
            onLogin,
            onCall,
          });
          ways.worked(way);
          dialedInVain = 0;
          return session;
        } catch (error) {
          if (!(error instanceof SessionFailure)) throw error;
          firstFailure ??= error;
          const failure = classifyFailure(error.failure);
          if (failure.reason === DIAL_TIMEOUT) dialedInVain += 1;
          settings.logger.debug({ generation, way, reason: failure.reason }, `no way in by ${way}`);
          if (!ways.worthAnother(failure) || signal.aborted) throw error;
        }
      }
      throw firstFailure ?? new SessionFailure({ phase: "dialing" });
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
