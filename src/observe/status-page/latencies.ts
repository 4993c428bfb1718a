const MOST = 200;

/** How long the latest calls took, 200 at most, in milliseconds. */
export interface Latencies {
  add(milliseconds: number): void;
  /** So many of a hundred took no longer; undefined without any. */
  percentile(percent: number): number | undefined;
}

export function createLatencies(): Latencies {
  const ring = new Float32Array(MOST);
  let count = 0;
  return {
    add(milliseconds) {
      ring[count % MOST] = milliseconds;
      count += 1;
    },
    percentile(percent) {
      const sorted = ring.slice(0, Math.min(count, MOST)).sort();
      const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
      return value === undefined ? undefined : Math.round(value * 100) / 100;
    },
  };
}
