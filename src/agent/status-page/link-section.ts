import type { LinkStatus } from "../../link/link.ts";
import type { History, HistoryEntry } from "../../observe/history.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { LinkSection } from "../../observe/status-page/snapshot.ts";
import type { LinkStatistics } from "../link/statistics.ts";
import { readingOf } from "./readings.ts";

/** So many changes of the link are shown; a support bundle holds more. */
const MOST_HISTORY = 100;

/** So many checks may be missing before the device counts as deaf, as the alert HubhandDeaf has it. */
const MISSED_CHECKS = 3;

export interface LinkSectionOptions {
  /** When the agent started, in ISO 8601. */
  readonly startedAt: string;
  linkStatus(): LinkStatus;
  linkStatistics(): LinkStatistics;
  /** Milliseconds since the hub last proved that calls arrive, whatever became of the clock since. */
  sinceChecked(): number | undefined;
  readonly history: Pick<History, "entries">;
  readonly metrics: Pick<
    Metrics,
    "linkBackoff" | "linkChecked" | "linkCheckInterval" | "linkCertificateExpiry"
  >;
}

/** How the link is, and how it came to this. */
export async function linkSection(options: LinkSectionOptions): Promise<LinkSection> {
  const { metrics, startedAt } = options;
  const { state, way, identity = {} } = options.linkStatus();
  const { connects, failures } = options.linkStatistics();
  const history = options.history.entries();
  const since = history.findLast((entry) => "state" in entry)?.at ?? startedAt;
  const failed = history.findLast((entry) => "failure" in entry);
  const [backoff, checked, checkEvery, certificateEnds] = await Promise.all([
    readingOf(metrics.linkBackoff),
    readingOf(metrics.linkChecked),
    readingOf(metrics.linkCheckInterval),
    readingOf(metrics.linkCertificateExpiry),
  ]);
  const checkEveryMs = checkEvery * 1000;
  const isDeaf = state === "online" && (options.sinceChecked() ?? 0) > MISSED_CHECKS * checkEveryMs;
  return {
    state,
    since,
    ...(way === undefined ? {} : { way }),
    identity,
    ...(state === "waiting" && backoff > 0
      ? { nextAttemptAt: isoOf(Date.parse(since) / 1000 + backoff) }
      : {}),
    ...(failed === undefined ? {} : { lastFailure: failureIn(failed) }),
    connects,
    failures,
    ...(checked > 0 ? { checkedAt: isoOf(checked) } : {}),
    checkEveryMs,
    deaf: isDeaf,
    ...(certificateEnds > 0 ? { certificateEndsAt: isoOf(certificateEnds) } : {}),
    history: history.slice(-MOST_HISTORY),
  };
}

const failureIn = ({ at, failure, message }: HistoryEntry): NonNullable<LinkSection["lastFailure"]> => ({
  at,
  class: String(failure),
  message: String(message),
});

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
