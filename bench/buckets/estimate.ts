/**
 * A quantile as Prometheus' histogram_quantile estimates it (prometheus.io, "Query functions"): as if the values in a bucket
 * lay evenly between its bounds; what is over the last bound is taken for that bound.
 */
export function estimateQuantile(
  share: number,
  values: readonly number[],
  bounds: readonly number[],
): number {
  const counts = bounds.map((bound) => values.filter((value) => value <= bound).length);
  const rank = share * values.length;
  const index = counts.findIndex((count) => count >= rank);
  if (index === -1) return bounds.at(-1) ?? Number.NaN;
  const [below, start] = index === 0 ? [0, 0] : [counts[index - 1] ?? 0, bounds[index - 1] ?? 0];
  const [upTo, end] = [counts[index] ?? 0, bounds[index] ?? 0];
  return upTo === below ? end : start + ((end - start) * (rank - below)) / (upTo - below);
}

/** The value itself: the one of that rank. */
export function trueQuantile(share: number, values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
