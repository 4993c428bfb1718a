import { SECOND } from "../../durations.ts";

/** How many lines a plugin may write in a second: a person reads fewer, and a log's disk holds no more for long. */
const LINES_A_SECOND = 100;

/** Lets so many lines a second through, and counts the others. */
export interface Allowance {
  /** Whether one more may be sent. */
  take(): boolean;
}

/**
 * @param tell told how many were not let through, when there is room again
 */
export function createAllowance({
  now,
  tell,
  setTimer,
}: {
  now(): number;
  setTimer(milliseconds: number, fire: () => void): void;
  tell(dropped: number): void;
}): Allowance {
  let since = Number.NEGATIVE_INFINITY;
  let taken = 0;
  let dropped = 0;

  function renew(): void {
    if (now() - since < SECOND) return;
    since = now();
    taken = 0;
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    tell(lines);
  }

  return {
    take() {
      renew();
      taken += 1;
      if (taken <= LINES_A_SECOND) return true;
      if (dropped === 0) setTimer(SECOND, renew);
      dropped += 1;
      return false;
    },
  };
}
