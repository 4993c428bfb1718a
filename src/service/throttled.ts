import { MINUTE, SECOND } from "../durations.ts";
import { HubhandError } from "../errors.ts";
import { type BackoffBounds, backoffDelay } from "../full-jitter.ts";
import type { HubAnswer } from "./hub-answer.ts";
import { interrupted } from "./interrupted.ts";

/** What is waited beyond what the hub asks for: the limits refill by the second or the minute. */
const BACKOFF: BackoffBounds = { base: SECOND, max: 30 * SECOND, growth: 2 };

/** A hub that names a longer time is not believed. */
const LONGEST_RETRY_AFTER_MS = 10 * MINUTE;

/** A wait before a throttled request is sent again. Milliseconds. */
export interface ThrottledWait {
  /** How often it was refused, with this time. */
  readonly refusals: number;
  readonly waitMs: number;
  /** For how long it goes on trying. */
  readonly leftMs: number;
}

/** How long a refused request is tried again, and by what means. */
export interface Patience {
  /** Milliseconds; 0 gives up at once. */
  readonly retryForMs: number;
  onWait?(wait: ThrottledWait): void;
  /** A number in [0, 1). */
  random(): number;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Sends again what the hub refused with 429, and nothing else: a request over a limit was not taken, so no device has
 * seen it (learn.microsoft.com, "IoT Hub quotas and throttling"). It waits as long as the hub says, and full jitter on
 * top, so that those that were refused together do not come back together.
 * @throws HubhandError HUB_THROTTLED if the next attempt would be after the time, INTERRUPTED, or what `attempt` rejects with
 */
export async function whileThrottled<T>(
  attempt: () => Promise<T>,
  { patience, signal }: { patience: Patience; signal?: AbortSignal | undefined },
): Promise<T> {
  const { retryForMs, onWait, random, now, sleep } = patience;
  const giveUpAt = now() + retryForMs;
  for (let refusals = 1; ; refusals += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isThrottled(error)) throw error;
      const waitMs = (error.details.retryAfterMs ?? 0) + backoffDelay(BACKOFF, refusals - 1, random());
      const leftMs = giveUpAt - now();
      if (waitMs > leftMs) throw refusals === 1 ? error : triedInVain(error, refusals);
      onWait?.({ refusals, waitMs, leftMs });
      await sleep(waitMs, signal);
      if (signal?.aborted) throw interrupted();
    }
  }
}

/** What the error's details say of a 429; nothing of anything else. */
export function retryAfterOf(answer: HubAnswer | undefined): { throttled?: true; retryAfterMs?: number } {
  if (answer?.status !== 429) return {};
  const seconds = Number(answer.retryAfter ?? Number.NaN);
  // A date (RFC 9110, 10.2.3) would need the hub's clock to be ours; the backoff does without it.
  if (!Number.isFinite(seconds) || seconds < 0) return { throttled: true };
  return { throttled: true, retryAfterMs: Math.min(seconds * SECOND, LONGEST_RETRY_AFTER_MS) };
}

type ThrottledError = HubhandError & { readonly details: { readonly retryAfterMs?: number } };

function isThrottled(error: unknown): error is ThrottledError {
  return (
    error instanceof HubhandError &&
    (error.details as { throttled?: unknown } | undefined)?.throttled === true
  );
}

function triedInVain(error: HubhandError, attempts: number): HubhandError {
  return new HubhandError(error.code, `${error.message} It was tried ${attempts} times.`, {
    details: error.details,
  });
}
