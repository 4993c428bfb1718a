import type { Clock } from "../../clock.ts";
import { MINUTE } from "../../durations.ts";
import { total } from "./bounds.ts";
import type { Disk } from "./disk.ts";
import type { Dropping } from "./dropping.ts";
import type { Expiry } from "./expiry.ts";
import type { Ledger } from "./ledger.ts";
import { PRIORITIES, placeOf } from "./order.ts";

/** Whatever is over is not sent in any case; this only makes room. */
const SWEEP_EVERY = 10 * MINUTE;
/** Rows that are looked at in one go, and the pause until the next. */
const PAGE = 500;
const PAUSE = 20;

/** Goes through what is kept from time to time, in small steps, and drops what is over. */
export function startSweep(options: {
  readonly ledger: Ledger;
  readonly disk: Pick<Disk, "store" | "failed">;
  readonly expiry: Expiry;
  readonly dropping: Dropping;
  readonly clock: Clock;
}): { stop(): void } {
  const { ledger, disk, expiry, dropping, clock } = options;
  let cancel = clock.setTimer(SWEEP_EVERY, begin);
  return { stop: () => cancel() };

  function begin(): void {
    if (total(ledger.kept).messages === 0) {
      cancel = clock.setTimer(SWEEP_EVERY, begin);
      return;
    }
    for (const item of ledger.memory.all()) {
      if (item.takenAs === undefined && expiry.isOver(item.message)) dropping.item(item, "expired");
    }
    step(steps());
  }

  function step(rest: Generator<void>): void {
    try {
      const isDone = rest.next().done === true;
      cancel = clock.setTimer(isDone ? SWEEP_EVERY : PAUSE, () => (isDone ? begin() : step(rest)));
    } catch (error) {
      disk.failed(error);
      cancel = clock.setTimer(SWEEP_EVERY, begin);
    }
  }

  function* steps(): Generator<void> {
    for (const priority of PRIORITIES) {
      let seen = 0;
      const heads = ledger.waitingRows((range) => disk.store?.heads(range) ?? [], { priority, page: PAGE });
      for (const head of heads) {
        if (expiry.isOver({ ...placeOf(head.id), ...head })) dropping.row(head, "expired");
        seen += 1;
        if (seen % PAGE === 0) yield;
      }
    }
  }
}
