/** Milliseconds of each of so many runs, one after the other. */
export async function measureLatency(run: () => Promise<void>, times: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const since = performance.now();
    await run();
    latencies.push(performance.now() - since);
  }
  return latencies;
}

/** How many runs a second there are with so many at once. */
export async function measureThroughput(
  run: () => Promise<void>,
  times: number,
  atOnce: number,
): Promise<number> {
  let left = times;
  const since = performance.now();
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return (times / (performance.now() - since)) * 1_000;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const medianOf = (values: readonly number[]): number => percentile(values, 0.5);
