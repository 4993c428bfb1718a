import type { Clock } from "../../clock.ts";
import type { LinkObserver } from "../../link/supervisor.ts";

/** How the link has been since this run began. Times in ISO 8601. */
export interface LinkStatistics {
  /** How often it came online from being offline: a session that takes over from another is no news. */
  readonly connects: number;
  /** Sessions that failed or ended. */
  readonly failures: number;
  /** Since when it is online. */
  readonly onlineSince?: string;
  readonly lastFailure?: { readonly class: string; readonly reason: string; readonly at: string };
}

export interface LinkCounter {
  current(): LinkStatistics;
  /** Counts what this observer is told too. */
  counting(observer: LinkObserver): LinkObserver;
}

export function createLinkStatistics(clock: Clock): LinkCounter {
  let statistics: LinkStatistics = { connects: 0, failures: 0 };
  const now = (): string => new Date(clock.wallClock()).toISOString();
  return {
    current: () => statistics,
    counting: (observer) => ({
      ...observer,
      stateChanged(state) {
        const { onlineSince, ...others } = statistics;
        if (state !== "online") statistics = others;
        else if (onlineSince === undefined)
          statistics = { ...others, connects: others.connects + 1, onlineSince: now() };
        observer.stateChanged(state);
      },
      failed(failure) {
        const lastFailure = { class: failure.class, reason: failure.reason, at: now() };
        statistics = { ...statistics, failures: statistics.failures + 1, lastFailure };
        observer.failed(failure);
      },
    }),
  };
}
