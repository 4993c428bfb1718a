import { setImmediate as turn } from "node:timers/promises";
import type { JobStore } from "../../../src/methods/jobs/store.ts";

export interface MortalStore extends JobStore {
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** What is under way ends; from then on nothing reaches the disk, and nothing comes back. */
  kill(): Promise<void>;
}

/** How many turns of the loop a disk takes before it has anything: a kill may come earlier. */
const DELAY_TURNS = 6;

/** A store in a process that can be killed between any two of its writes. */
export function mortalStore(store: JobStore): MortalStore {
  const underWay = new Set<Promise<unknown>>();
  /** Those that are with the real disk, which completes them. */
  const begun = new Set<Promise<unknown>>();
  let isDead = false;

  async function unlessDead<T>(work: () => Promise<T>): Promise<T> {
    const doing = (async () => {
      for (let turns = 0; turns < DELAY_TURNS; turns += 1) await turn();
      if (isDead) return new Promise<T>(() => {});
      const real = work();
      begun.add(real);
      return real.finally(() => begun.delete(real));
    })();
    underWay.add(doing);
    const result = await doing.finally(() => underWay.delete(doing));
    return isDead ? new Promise(() => {}) : result;
  }

  return {
    load: (isOfThisRun) => unlessDead(() => store.load(isOfThisRun)),
    save: (record) => unlessDead(() => store.save(record)),
    read: (id) => unlessDead(() => store.read(id)),
    remove: (id) => unlessDead(() => store.remove(id)),
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async kill() {
      isDead = true;
      await Promise.all(begun);
    },
  };
}
