import type { Clock } from "../clock.ts";
import { MINUTE, SECOND } from "../durations.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { backoffDelay } from "../full-jitter.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import { createPace, type Due } from "./pace.ts";
import { isEmpty, merge, own, type PropertyObject, patchBetween } from "./properties.ts";
import { isFinal, statusOf, type TwinSession } from "./twin-session.ts";
import { READ_ONLY } from "./writable.ts";

/** What the device tells of itself is looked at so often. */
const LOOK_EVERY_MS = 10 * SECOND;
/** The first time, what it does not know yet is waited for so long: else that would be told ten seconds later. */
const FIRST_WAIT_MS = 3 * SECOND;
export const TWIN_BACKOFF = { base: SECOND, max: 5 * MINUTE, growth: 2 } as const;

export interface ReporterOptions {
  /** What the hub should have, given what it has. */
  next(known: PropertyObject): PropertyObject;
  /** Whether the device did not know all of itself then, as it starts. */
  isPartial(): boolean;
  /** More of it is to come, very soon. */
  isBusy(): boolean;
  /** Runs one exchange with the hub after the other. */
  inTurn<T>(exchange: () => Promise<T>): Promise<T>;
  readonly metrics: Pick<Metrics, "twinUpdates">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface ReporterStatus {
  /** Names of properties that the hub has refused. */
  readonly refused?: readonly string[];
  /** Why the last update failed. */
  readonly problem?: string;
}

export interface Reporter {
  /** The hub has these reported properties now, and is in reach by that session. */
  begin(session: TwinSession, known: PropertyObject): void;
  /** It is not any more. */
  end(): void;
  /** Something may have changed. */
  look(): void;
  status(): ReporterStatus;
}

/**
 * Keeps what the hub has the same as what it should have, by the smallest patches. What is refused is not sent again
 * unchanged; what failed otherwise is, with growing waits, as long as the session lives.
 */
export function createReporter(options: ReporterOptions): Reporter {
  const { metrics, logger, clock, random } = options;
  const pace = createPace();
  /** What the hub refused of each property, as JSON. */
  const refused = new Map<string, string>();
  let session: TwinSession | undefined;
  let known: PropertyObject = {};
  let isSending = false;
  /** One bad property must not keep the others back: after a refusal each goes alone. */
  let oneByOne = false;
  let failures = 0;
  let notBefore = Number.NEGATIVE_INFINITY;
  let problem: string | undefined;
  let cancel: (() => void) | undefined;
  /** Until when nothing is told that is only a part of it; after that, or after the first telling, never. */
  let partialFrom: number | undefined;

  const isTooSoon = (): boolean =>
    partialFrom !== undefined && options.isPartial() && clock.now() < partialFrom;

  function duePatch(): PropertyObject {
    const patch = patchBetween(known, options.next(known));
    const tooSoon = isTooSoon();
    const entries = Object.entries(patch).filter(
      ([name, change]) => refused.get(name) !== JSON.stringify(change) && !(tooSoon && isTold(name)),
    );
    if (entries.length === 0) oneByOne = false;
    // Acknowledgements first: somebody waits for them.
    const answersFirst = [...entries].sort(([a], [b]) => Number(isTold(a)) - Number(isTold(b)));
    return Object.fromEntries(oneByOne ? answersFirst.slice(0, 1) : answersFirst);
  }

  function look(): void {
    cancel?.();
    if (session === undefined || isSending) return;
    let patch: PropertyObject;
    try {
      patch = duePatch();
    } catch (error) {
      problem = `what is to be reported is not known: ${messageOf(error)}`;
      cancel = clock.setTimer(LOOK_EVERY_MS, look);
      return;
    }
    const due = dueOf(patch);
    const now = clock.now();
    const paced = pace.next(due, { now, isBusy: options.isBusy() }) ?? now + LOOK_EVERY_MS;
    const sendAt = Math.max(paced, notBefore);
    const at = isTooSoon() ? Math.min(sendAt, partialFrom ?? sendAt) : sendAt;
    if (at > now || isEmpty(patch)) cancel = clock.setTimer(Math.max(at - now, 1), look);
    else void send(session, patch, due);
  }

  async function send(to: TwinSession, patch: PropertyObject, due: Due): Promise<void> {
    isSending = true;
    pace.sent(due, clock.now());
    if (due.told) partialFrom = Number.NEGATIVE_INFINITY;
    try {
      await options.inTurn(() => to.reportProperties(patch));
      metrics.twinUpdates.inc({ side: "reported", outcome: "ok" });
      succeeded(to, patch);
    } catch (error) {
      // Its session has ended, or is about to: the next one starts with what the hub has then.
      if (session === to) failed(patch, error);
    } finally {
      isSending = false;
      look();
    }
  }

  function succeeded(to: TwinSession, patch: PropertyObject): void {
    if (session === to) known = merge(known, patch);
    for (const name of Object.keys(patch)) refused.delete(name);
    failures = 0;
    problem = undefined;
  }

  function failed(patch: PropertyObject, error: unknown): void {
    metrics.twinUpdates.inc({ side: "reported", outcome: "failed" });
    problem = messageOf(error);
    const names = Object.keys(patch);
    const status = statusOf(error);
    if (!isFinal(status)) {
      notBefore = clock.now() + backoffDelay(TWIN_BACKOFF, failures, random());
      failures += 1;
      logger.debug(
        { event: "twin.not-updated", err: error, status, properties: names },
        "the twin was not updated; it is tried again",
      );
      return;
    }
    notBefore = clock.now() + SECOND;
    if (names.length > 1) oneByOne = true;
    else {
      for (const name of names) refused.set(name, JSON.stringify(own(patch, name)));
      logger.warn(
        { event: "twin.report-refused", properties: names, status },
        `the hub does not take what is reported: ${problem}. It is not told this any more until it changes.`,
      );
    }
  }

  return {
    begin(to, now) {
      if (session !== to) {
        failures = 0;
        notBefore = Number.NEGATIVE_INFINITY;
      }
      partialFrom ??= clock.now() + FIRST_WAIT_MS;
      session = to;
      known = now;
      look();
    },
    end() {
      session = undefined;
      cancel?.();
    },
    look,
    status: () => ({
      ...(refused.size > 0 ? { refused: [...refused.keys()] } : {}),
      ...(problem === undefined ? {} : { problem }),
    }),
  };
}

const isTold = (name: string): boolean => READ_ONLY.includes(name);

function dueOf(patch: PropertyObject): Due {
  const names = Object.keys(patch);
  return { told: names.some(isTold), answered: names.some((name) => !isTold(name)) };
}
