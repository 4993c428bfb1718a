import type { RawFailure } from "./failure.ts";

/** So many sessions in a row ended in the same way are no accident any more. */
const SUSPICIOUS = 4;

/** How a session ended. Durations in milliseconds. */
export interface EndedSession {
  readonly failure: RawFailure;
  /** 0 for one that was let in and did not get as far as its subscription. */
  readonly onlineFor: number;
  /** Attempts that failed between the session before and this one. */
  readonly failedBefore: number;
}

export interface ConflictWatch {
  /** Whether the session that ended now, after those before it, looks like an identity conflict. */
  ended(session: EndedSession): boolean;
}

/**
 * Two clients with one identity end each other's connections: the hub allows one, and closes the older without a word
 * (IoT Hub developer guide, "MQTT": only one connection per identity, error 400027). From here that looks so: each
 * session comes online at the first attempt, and is soon closed by the other side. A bad network looks otherwise, as
 * some attempts fail, or pings go unanswered; a hub that throws everybody out looks the same, and wants the same patience.
 *
 * @param stableAfter a session that lived so long was not ended by a client that fights back at once
 * @param calmAfter what was suspected before is forgotten after a session of this length: each side being patient
 *   makes sessions longer, and is no sign that the other is gone
 */
export function createConflictWatch(options: { stableAfter: number; calmAfter: number }): ConflictWatch {
  let inARow = 0;
  return {
    ended({ failure, onlineFor, failedBefore }) {
      const suspected = inARow >= SUSPICIOUS;
      const short = onlineFor < (suspected ? options.calmAfter : options.stableAfter);
      inARow = short && failedBefore === 0 && closedByOtherSide(failure) ? inARow + 1 : 0;
      return inARow >= SUSPICIOUS;
    },
  };
}

/** Whether the other side closed a session that it had let in. */
export function closedByOtherSide({ phase, error, timedOut, unansweredPing }: RawFailure): boolean {
  // A rival that is quick ends a session between its login and its subscription.
  if (phase !== "online" && phase !== "subscribing") return false;
  if (timedOut === true || unansweredPing === true) return false;
  return error === undefined || (error as { code?: unknown }).code === "ECONNRESET";
}
