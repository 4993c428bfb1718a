import type { Clock } from "../clock.ts";

/**
 * Something that may change how an attempt ends, or what is known of a session: the files of the identity have changed,
 * or the clock was set or time has passed unseen (the process was stopped, the machine slept).
 */
export type Wake = "identity" | "clock";

/** What a wait ended with: `due` when its time is over or the calls have settled. */
export type Turn = "ended" | "due" | "stop" | Wake;

export interface Awaited {
  /** A session's end. */
  readonly ended?: Promise<unknown>;
  /** Milliseconds; Infinity to wait without a limit. */
  readonly within: number;
  /** Something else that ends the wait when it is done, well or not. */
  readonly settled?: Promise<unknown>;
}

/** The one place where the supervisor waits: whichever comes first decides what is next. */
export interface Turns {
  next(awaited: Awaited): Promise<Turn>;
  /** Ends the wait there is, or else the next one; of several, each ends one. */
  wake(why: Wake): void;
}

export function createTurns({ clock, stop }: { clock: Clock; stop: AbortSignal }): Turns {
  let onWake: ((why: Wake) => void) | undefined;
  const pending = new Set<Wake>();

  return {
    next({ ended, within, settled }) {
      const { promise, resolve } = Promise.withResolvers<Turn>();
      const stopped = (): void => resolve("stop");
      const due = (): void => resolve("due");
      const cancel = Number.isFinite(within) ? clock.setTimer(Math.max(0, within), due) : () => {};
      stop.addEventListener("abort", stopped);
      void ended?.then(() => resolve("ended"));
      void settled?.then(due, due);
      onWake = resolve;
      const [woken] = pending;
      if (stop.aborted) stopped();
      else if (woken !== undefined) {
        pending.delete(woken);
        resolve(woken);
      }
      return promise.finally(() => {
        cancel();
        onWake = undefined;
        stop.removeEventListener("abort", stopped);
      });
    },
    wake(why) {
      if (onWake === undefined) pending.add(why);
      else onWake(why);
    },
  };
}
