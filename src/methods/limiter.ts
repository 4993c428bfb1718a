export interface Limiter {
  /** How many run or wait. */
  readonly inFlight: number;
  /**
   * Asks to run. At once if there is room, later if there is a place in the queue, never if not.
   * @param run called when it is its turn
   * @returns false if both are full
   */
  enter(run: () => void): boolean;
  /** Takes one out of the queue that no longer wants to run. */
  leaveQueue(run: () => void): void;
  /** One that ran is done. */
  leave(): void;
}

/** Lets so many run at once and so many more wait, first come first served. */
export function createLimiter({ concurrency, queue }: { concurrency: number; queue: number }): Limiter {
  const waiting = new Set<() => void>();
  let running = 0;
  let admitting = false;

  function admitNext(): void {
    // One that leaves as soon as it has entered comes back here: the loop takes it, however long the queue is.
    if (admitting) return;
    admitting = true;
    for (const run of waiting) {
      if (running >= concurrency) break;
      waiting.delete(run);
      running += 1;
      run();
    }
    admitting = false;
  }

  return {
    get inFlight() {
      return running + waiting.size;
    },
    enter(run) {
      if (running < concurrency) {
        running += 1;
        run();
        return true;
      }
      if (waiting.size >= queue) return false;
      waiting.add(run);
      return true;
    },
    leaveQueue(run) {
      waiting.delete(run);
    },
    leave() {
      running -= 1;
      admitNext();
    },
  };
}
