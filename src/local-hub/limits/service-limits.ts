import { setTimeout } from "node:timers/promises";
import { HubhandError } from "../../errors.ts";
import { HubError } from "../hub-error.ts";
import { type Bucket, fullBucket, type Rate, take } from "./token-bucket.ts";

/** What the service limits. Methods are counted in bytes, all else in operations. */
export type LimitKind =
  | "registry"
  | "connections"
  | "cloudToDevice"
  | "methods"
  | "queries"
  | "twinReads"
  | "twinUpdates"
  | "jobs"
  | "jobDevices"
  | "configurations";

/** The limits of a hub of this tier; `units` is 1 if absent, `factor` makes all of them so much smaller or larger. */
export type LimitsChoice = "S1" | { tier: "S1"; units?: number; factor?: number };

export interface Limits {
  /** How many jobs may be under way at once. */
  readonly jobsAtOnce: number;
  /**
   * Counts an operation, or `size` bytes of one, if there is room for it: 0. Else nothing is counted: the milliseconds until
   * there is.
   */
  take(kind: LimitKind, size?: number): number;
  /** The same; where there is no room it throws. @throws HubError ThrottlingException */
  check(kind: LimitKind, size?: number): void;
  /** Counts an operation as soon as there is room for it, or gives up when the signal comes. */
  room(kind: LimitKind, signal: AbortSignal): Promise<void>;
}

/** By which methods are metered, in bytes. */
const METHOD_METER = 4 * 1024;

/** However many units it has (learn.microsoft.com, "IoT Hub quotas and throttling": maximum concurrent jobs). */
const JOBS_AT_ONCE_OF_S1 = 1;

const perSecond = (count: number): Rate => ({ perSecond: count, burst: count });
const perMinute = (count: number): Rate => ({ perSecond: count / 60, burst: count });

/**
 * The limits of tier S1 (learn.microsoft.com, "IoT Hub quotas and throttling"). The service lets bursts above them pass for
 * a while, then queues, and refuses last. Here is no queue: what is above the rate of a second, or of a minute where
 * Microsoft states one, is refused at once, so that who stays below here stays below there.
 */
function ratesOfS1(units: number): Record<LimitKind, Rate> {
  return {
    registry: perMinute(100 * units),
    connections: perSecond(Math.max(100, 12 * units)),
    cloudToDevice: perMinute(100 * units),
    methods: perSecond(160 * 1024 * units),
    queries: perMinute(20 * units),
    twinReads: perSecond(100),
    twinUpdates: perSecond(50),
    jobs: perMinute(100 * units),
    // Of a job's methods and twin changes: a job that meets it goes slower, and is not refused.
    jobDevices: perSecond(10),
    configurations: perMinute(20 * units),
  };
}

/** No limits unless some are chosen. `onThrottled` is told of each refusal. @throws HubhandError CONFIG_INVALID */
export function createLimits(options: {
  choice: LimitsChoice | undefined;
  now: () => number;
  onThrottled: (limit: LimitKind, retryAfterMs: number) => void;
}): Limits {
  const { choice, now, onThrottled } = options;
  const rates = choice === undefined ? undefined : ratesOf(choice);
  const buckets = new Map<LimitKind, Bucket>();

  function takeIfThere(kind: LimitKind, size: number): number {
    const rate = rates?.[kind];
    if (rate === undefined) return 0;
    const before = buckets.get(kind) ?? fullBucket(rate, now());
    const { bucket, waitMs } = take(before, { rate, size: metered(kind, size), now: now() });
    buckets.set(kind, bucket);
    return waitMs;
  }

  function takeFrom(kind: LimitKind, size = 1): number {
    const waitMs = takeIfThere(kind, size);
    if (waitMs > 0) onThrottled(kind, waitMs);
    return waitMs;
  }

  return {
    jobsAtOnce: rates === undefined ? Number.POSITIVE_INFINITY : JOBS_AT_ONCE_OF_S1,
    take: takeFrom,
    check(kind, size) {
      const retryAfterMs = takeFrom(kind, size);
      if (retryAfterMs > 0) {
        throw new HubError("ThrottlingException", `the limit of this hub for ${kind} is reached`, {
          retryAfterMs,
        });
      }
    },
    async room(kind, signal) {
      while (!signal.aborted) {
        const waitMs = takeIfThere(kind, 1);
        if (waitMs === 0) return;
        await setTimeout(waitMs, undefined, { signal }).catch(() => {});
      }
    },
  };
}

function metered(kind: LimitKind, size: number): number {
  return kind === "methods" ? Math.max(1, Math.ceil(size / METHOD_METER)) * METHOD_METER : size;
}

function ratesOf(choice: LimitsChoice): Record<LimitKind, Rate> {
  const { tier, units = 1, factor = 1 } = choice === "S1" ? { tier: choice } : choice;
  const counts = Number.isInteger(units) && units > 0 && Number.isFinite(factor) && factor > 0;
  if (tier !== "S1" || !counts) {
    throw new HubhandError(
      "CONFIG_INVALID",
      'limits are those of tier "S1", of a whole number of units and a factor above 0',
    );
  }
  const scaled = Object.entries(ratesOfS1(units)).map(([kind, rate]) => [
    kind,
    { perSecond: rate.perSecond * factor, burst: rate.burst * factor },
  ]);
  return Object.fromEntries(scaled) as Record<LimitKind, Rate>;
}
