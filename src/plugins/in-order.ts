import { type Clock, waitAtMost } from "../clock.ts";

/** How long an order counts for more than who is ready first, in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Goes on with those that are ready soon, in their order, and with each other one when it is: whoever takes its time
 * holds up nobody else. Those that come to nothing (undefined) are left out.
 * @param pending none of them may reject
 */
export async function inOrder<T extends object>(
  pending: readonly Promise<T | undefined>[],
  go: (ready: readonly T[]) => Promise<void>,
  clock: Clock,
): Promise<void> {
  const ready: { value: T | undefined }[] = pending.map(() => ({ value: undefined }));
  const isLate = new Set<number>(pending.keys());
  const all = pending.map(async (one, index) => {
    const value = await one;
    ready[index] = { value };
    isLate.delete(index);
  });
  await waitAtMost(Promise.all(all), PATIENCE_MS, clock);
  const late = pending.filter((_, index) => isLate.has(index));
  const soon = ready.flatMap(({ value }) => value ?? []);
  await Promise.all([
    go(soon),
    ...late.map(async (one) => {
      const value = await one;
      if (value !== undefined) await go([value]);
    }),
  ]);
}
