import type { Clock } from "../../../clock.ts";
import { SECOND } from "../../../durations.ts";
import type { Vessel } from "./vessel.ts";

/** How long a thread whose call is over its time may take to show that it can still do others. */
const LOOP_GRACE_MS = SECOND;

export interface HeldThreadOptions {
  readonly vessel: Pick<Vessel, "post" | "end" | "ended">;
  readonly clock: Pick<Clock, "setTimer">;
}

/** Ends a thread that a call holds, as one that spins; one that only waits shows that it can still do others. */
export interface HeldThread {
  /** A call is over its time. @param what it is, for messages */
  ask(what: string): void;
  /** The thread has answered. */
  answered(): void;
}

export function createHeldThread({ vessel, clock }: HeldThreadOptions): HeldThread {
  let cancel: (() => void) | undefined;

  function answered(): void {
    cancel?.();
    cancel = undefined;
  }

  void vessel.ended.then(answered);
  return {
    ask(what) {
      if (cancel !== undefined) return;
      cancel = clock.setTimer(LOOP_GRACE_MS, () => {
        cancel = undefined;
        void vessel.end(`${what} held its thread when its time was over`);
      });
      vessel.post({ type: "ask" });
    },
    answered,
  };
}
