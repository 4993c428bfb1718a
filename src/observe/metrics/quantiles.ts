/** How much was observed in each bucket of a histogram, itself alone; by its upper bound, ascending, the last infinite. */
export type BucketCounts = readonly { readonly upTo: number; readonly count: number }[];

/** Reads the buckets of one series, which Prometheus counts cumulatively. */
export function bucketsOf(
  series: readonly {
    readonly value: number;
    readonly labels: { readonly le?: string | number | undefined };
  }[],
): BucketCounts {
  const ascending = series
    .map(({ labels: { le }, value }) => ({
      upTo: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le),
      value,
    }))
    .toSorted((one, other) => one.upTo - other.upTo);
  return ascending.map(({ upTo, value }, index) => ({
    upTo,
    count: value - (ascending[index - 1]?.value ?? 0),
  }));
}

/** What was observed since then; all if that is not known. */
export const since = (now: BucketCounts, then: BucketCounts | undefined): BucketCounts =>
  now.map(({ upTo, count }, index) => ({ upTo, count: Math.max(0, count - (then?.[index]?.count ?? 0)) }));

/**
 * Median, 95th and 99th percentile as Prometheus' `histogram_quantile` estimates them: as if what is in a bucket were spread
 * evenly over it, and no more than the largest bound that is finite. Undefined if nothing was observed.
 */
export function quantilesOf(buckets: BucketCounts): { p50: number; p95: number; p99: number } | undefined {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total <= 0) return undefined;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => quantile(buckets, part * total)) as [
    number,
    number,
    number,
  ];
  return { p50, p95, p99 };
}

function quantile(buckets: BucketCounts, rank: number): number {
  let below = 0;
  let from = 0;
  for (const { upTo, count } of buckets) {
    if (below + count >= rank && count > 0)
      return Number.isFinite(upTo) ? from + ((upTo - from) * (rank - below)) / count : from;
    below += count;
    from = upTo;
  }
  return from;
}
