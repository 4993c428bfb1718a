/** Whoever wants to run. */
export interface Guest {
  /** It is its turn. */
  turn(): void;
}

export interface Limiter {
  /** How many run or wait. */
  readonly inFlight: number;
  /**
   * Asks to run. At once if there is room, later if there is a place in the queue, never if not.
   * @returns false if both are full
   */
  enter(guest: Guest): boolean;
  /** Takes one out of the queue that no longer wants to run. */
  leaveQueue(guest: Guest): void;
  /** One that ran is done. */
  leave(): void;
}

/** Lets so many run at once and so many more wait, first come first served. */
export function createLimiter({ concurrency, queue }: { concurrency: number; queue: number }): Limiter {
  const waiting = new Set<Guest>();
  /** Stays where it is: a new one would step over the places of all that have left, for each that leaves. */
  let upcoming = waiting.values();
  let running = 0;
  let admitting = false;

  function next(): Guest | undefined {
    if (waiting.size === 0) return undefined;
    const { done, value } = upcoming.next();
    if (done !== true) return value;
    upcoming = waiting.values();
    return upcoming.next().value;
  }

  function admitNext(): void {
    // One that leaves as soon as it has entered comes back here: the loop takes it, however long the queue is.
    if (admitting || waiting.size === 0) return;
    admitting = true;
    for (let guest = next(); guest !== undefined; guest = running < concurrency ? next() : undefined) {
      waiting.delete(guest);
      running += 1;
      guest.turn();
    }
    admitting = false;
  }

  return {
    get inFlight() {
      return running + waiting.size;
    },
    enter(guest) {
      if (running < concurrency) {
        running += 1;
        guest.turn();
        return true;
      }
      if (waiting.size >= queue) return false;
      waiting.add(guest);
      return true;
    },
    leaveQueue(guest) {
      waiting.delete(guest);
    },
    leave() {
      running -= 1;
      admitNext();
    },
  };
}
