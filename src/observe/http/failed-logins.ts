import type { Clock } from "../../clock.ts";
import { MINUTE, SECOND } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";

/** How long the answer to wrong credentials takes. */
const FAILED_LOGIN_MS = SECOND;
/** So many in a minute are no slip of the hand. */
const MANY = 10;
/** How many addresses one line of the log names. */
const NAMED = 5;

export interface FailedLogins {
  /**
   * Resolves when the answer to credentials may be given: after a second if they were wrong. While somebody is guessing,
   * right ones take a second, too: whoever guesses would otherwise know a wrong one by its not being answered at once.
   */
  slowed(login: { readonly isRight: boolean; readonly address: string }): Promise<void>;
  /** Nobody waits any longer. */
  stop(): void;
}

export interface FailedLoginsOptions {
  readonly event: "http.login-refused" | "page.token-refused";
  /** What somebody wanted, and with what, for the log: `look at the status with a wrong password`. */
  readonly attempt: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes guessing slow, and tells of it once a minute. It remembers a count and a few addresses, and locks nobody out. */
export function createFailedLogins({ event, attempt, clock, logger }: FailedLoginsOptions): FailedLogins {
  const waiting = new Map<() => void, () => void>();
  const addresses = new Set<string>();
  let failures = 0;
  let told = 0;
  let cancelMinute: (() => void) | undefined;

  function wait(): Promise<void> {
    const over = Promise.withResolvers<void>();
    const cancel = clock.setTimer(FAILED_LOGIN_MS, () => {
      waiting.delete(over.resolve);
      over.resolve();
    });
    waiting.set(over.resolve, cancel);
    return over.promise;
  }

  function count(address: string): void {
    failures += 1;
    if (addresses.size < NAMED) addresses.add(address);
    if (cancelMinute !== undefined) return;
    tell();
    cancelMinute = clock.setTimer(MINUTE, nextMinute);
  }

  function nextMinute(): void {
    cancelMinute = failures > told ? clock.setTimer(MINUTE, nextMinute) : undefined;
    if (failures > told) tell();
    failures = 0;
    told = 0;
  }

  function tell(): void {
    const attempts = failures - told;
    logger.warn(
      { event, attempts, addresses: [...addresses] },
      attempts === 1
        ? `somebody tried to ${attempt}`
        : `in the last minute somebody tried ${attempts} times to ${attempt}`,
    );
    told = failures;
    addresses.clear();
  }

  return {
    async slowed({ isRight, address }) {
      if (!isRight) count(address);
      if (!isRight || failures > MANY) await wait();
    },
    stop() {
      cancelMinute?.();
      for (const [resolve, cancel] of waiting) {
        cancel();
        resolve();
      }
      waiting.clear();
    },
  };
}
