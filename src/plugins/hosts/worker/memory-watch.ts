import type { Clock } from "../../../clock.ts";
import { printSize } from "../../../sizes.ts";
import type { Vessel } from "./vessel.ts";

/** A loop that fills arrays takes some 50 MiB in this time on a fast machine, 5 MiB on a Pi. */
const LOOK_EVERY_MS = 50;
/** So many looks has one that is over its limit to throw away what it does not need. */
const PATIENCE = 3;
/** Beyond so many times its limit it has none. */
const FAR_OVER = 2;

export interface MemoryWatchOptions {
  readonly vessel: Vessel;
  /** Bytes; it may become another when the plugin says its own. */
  limit(): number;
  readonly clock: Clock;
}

/** Ends what takes more memory than it may. Goes on until the vessel has ended. */
export function watchMemory({ vessel, limit, clock }: MemoryWatchOptions): void {
  let over = 0;
  let cancel = clock.setTimer(LOOK_EVERY_MS, look);
  let hasEnded = false;
  void vessel.ended.then(() => {
    hasEnded = true;
    cancel();
  });

  function look(): void {
    void vessel.memory({ exactly: over > 0 }).then((bytes) => {
      if (hasEnded) return;
      if (bytes !== undefined) judge(bytes);
      cancel = clock.setTimer(LOOK_EVERY_MS, look);
    });
  }

  function judge(bytes: number): void {
    if (bytes <= limit()) {
      over = 0;
      return;
    }
    over += 1;
    if (over === 1) vessel.post({ type: "collect" });
    else if (over > PATIENCE || bytes > FAR_OVER * limit())
      void vessel.end(`it took more than its ${printSize(limit())} of memory`);
  }
}
