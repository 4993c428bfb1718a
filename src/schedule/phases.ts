import { labelOf, type Task } from "./task.ts";

export interface Phases {
  /** How much of a task's interval passes before its next run, from 0 to 1; `elapsed` on a clock that never jumps. */
  of(task: Task, elapsed: number): number;
}

/**
 * Where in its interval each task is: at random, so that a fleet does not beat together, and the same again for one that
 * comes back. A plugin that is started again and again would else begin its waits anew each time, and be due never.
 */
export function createPhases(random: () => number): Phases {
  const known = new Map<string, { readonly every: number; readonly at: number }>();
  return {
    of(task, elapsed) {
      const { every, runAtStart } = task;
      if (every === undefined) return 0;
      const before = known.get(labelOf(task));
      if (before?.every === every) {
        const since = elapsed - before.at;
        return 1 - (since - Math.floor(since / every) * every) / every;
      }
      const phase = runAtStart === true ? 1 : random();
      known.set(labelOf(task), { every, at: elapsed + phase * every });
      return phase;
    },
  };
}
