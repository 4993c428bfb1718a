import type { Clock } from "../../../clock.ts";
import { SECOND } from "../../../durations.ts";
import type { EndEscaped } from "./escaped.ts";

/** Ends what programs have left behind, a little later and all at once: to look at all processes costs milliseconds. */
export interface Sweep {
  /** @param mark of a program that has ended by itself */
  later(mark: string): void;
  /** Resolves when nothing is left of those that were told. */
  now(): Promise<void>;
}

export function createSweep(clock: Clock, endEscaped: EndEscaped): Sweep {
  let marks: string[] = [];
  let cancelTimer: (() => void) | undefined;

  async function now(): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    const chosen = marks;
    marks = [];
    if (chosen.length > 0) await endEscaped(chosen);
  }

  return {
    later(mark) {
      marks.push(mark);
      cancelTimer ??= clock.setTimer(SECOND, () => void now());
    },
    now,
  };
}
