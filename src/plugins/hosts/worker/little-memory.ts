import { type Clock, waitAtMost } from "../../../clock.ts";
import { MEBIBYTE } from "../../../sizes.ts";

/** Below that, memory is dearer than time. */
const LITTLE = 256 * MEBIBYTE;
/** A plugin that is slow to import must not hold up the others for longer, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Whether so many bytes, allowed by the control group, are little; a number without meaning is told where it sets no limit. */
export const isLittle = (memory: number): boolean => memory > 0 && memory <= LITTLE;

export interface TurnOptions {
  /** What the control group allows, bytes. */
  readonly memory: number;
  readonly clock: Clock;
}

/**
 * Where memory is little, plugins start one after the other: each takes most while it is imported.
 * @returns waits for one's turn, and gives what ends it
 */
export function startTurns({ memory, clock }: TurnOptions): () => Promise<() => void> {
  if (!isLittle(memory)) return async () => () => {};
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    const over = Promise.withResolvers<void>();
    last = over.promise;
    await waitAtMost(before, PATIENCE_MS, clock);
    return over.resolve;
  };
}
