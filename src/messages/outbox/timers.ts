import type { Clock } from "../../clock.ts";

/** Some timers with names, each set once at a time. */
export interface Timers<Name extends string> {
  /** Fires after so many milliseconds, or when it would have fired anyway if that is sooner. */
  set(name: Name, milliseconds: number, fire: () => void): void;
  cancel(name: Name): void;
  stop(): void;
}

export function createTimers<Name extends string>(clock: Clock): Timers<Name> {
  const timers = new Map<Name, { due: number; cancel: () => void }>();
  const cancel = (name: Name): void => {
    timers.get(name)?.cancel();
    timers.delete(name);
  };
  return {
    cancel,
    set(name, milliseconds, fire) {
      const due = clock.now() + milliseconds;
      if ((timers.get(name)?.due ?? Number.POSITIVE_INFINITY) <= due) return;
      cancel(name);
      const fired = () => {
        timers.delete(name);
        fire();
      };
      timers.set(name, { due, cancel: clock.setTimer(milliseconds, fired) });
    },
    stop() {
      for (const name of [...timers.keys()]) cancel(name);
    },
  };
}
