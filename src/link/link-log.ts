import type { Clock } from "../clock.ts";
import { MINUTE } from "../durations.ts";
import type { Logger } from "../events/logger.ts";
import type { Failure } from "./failure.ts";
import type { HubSession } from "./hub-session.ts";
import type { Wait } from "./patience.ts";

/** During one outage a reason is told once, and then what it has come to, after these times: doubled, up to the last. */
const SUMMARY = { first: MINUTE, longest: 60 * MINUTE } as const;

/** The link's log: one line for each change that a person wants to know, and no flood in a long outage. */
export interface LinkLog {
  online(session: HubSession): void;
  /** A session ended or an attempt failed, and the next one comes after the wait. */
  waiting(failure: Failure, wait: Wait & { generation: number }): void;
  /** The next attempt comes at once, with another credential. */
  tryingAnother(failure: Failure, what: string): void;
  /** A session took the place of another. */
  replaced(session: HubSession, why: string): void;
  /** It could not, and the old one goes on. */
  notReplaced(failure: Failure, wait: Wait): void;
}

export function createLinkLog({ logger, clock }: { logger: Logger; clock: Clock }): LinkLog {
  const begin = () => ({
    since: clock.now(),
    attempts: 0,
    told: new Set<string>(),
    nextSummary: clock.now() + SUMMARY.first,
    summaryAfter: SUMMARY.first as number,
  });
  let outage = begin();
  let wasOnline = false;

  return {
    online(session) {
      const { generation, way } = session;
      const afterMs = Math.round(clock.now() - outage.since);
      logger.info(
        { event: "link.online", state: "online", generation, way, afterMs, attempts: outage.attempts + 1 },
        "online: direct methods arrive",
      );
      wasOnline = true;
    },

    waiting(failure, { attempt, delay, generation }) {
      const { class: failureClass, reason, message } = failure;
      // What ends a session begins the outage, and is no attempt.
      if (wasOnline) outage = begin();
      else outage.attempts += 1;
      wasOnline = false;
      const offlineForMs = Math.round(clock.now() - outage.since);
      const facts = {
        state: "waiting",
        class: failureClass,
        reason,
        attempt,
        retryInMs: delay,
        generation,
        ...(outage.attempts > 1 ? { attempts: outage.attempts, offlineForMs } : {}),
      };
      if (!outage.told.has(reason)) {
        outage.told.add(reason);
        logger.warn({ event: "link.offline", ...facts }, `offline: ${message}`);
      } else if (clock.now() >= outage.nextSummary) {
        outage.summaryAfter = Math.min(outage.summaryAfter * 2, SUMMARY.longest);
        outage.nextSummary = clock.now() + outage.summaryAfter;
        logger.warn({ event: "link.still-offline", ...facts }, `still offline: ${message}`);
      } else logger.debug({ event: "link.offline", ...facts }, `offline: ${message}`);
    },

    tryingAnother({ class: failureClass, reason, message }, what) {
      logger.warn(
        { event: "link.tries-another", state: "connecting", class: failureClass, reason },
        `${message}; trying ${what}`,
      );
    },

    replaced({ generation, way }, why) {
      logger.info(
        { event: "link.replaced", state: "online", generation, way },
        `the session was replaced: ${why}`,
      );
      wasOnline = true;
    },

    notReplaced({ class: failureClass, reason, message }, { attempt, delay }) {
      logger.warn(
        {
          event: "link.not-replaced",
          state: "online",
          class: failureClass,
          reason,
          attempt,
          retryInMs: delay,
        },
        `the session could not be replaced and goes on: ${message}`,
      );
    },
  };
}
