/**
 * What was measured, on a machine with two cores; each with its command. Change it when you measure anew.
 */
export const MEASURED = {
  /** Series of one device, and what a Prometheus adds to them for each target: `npm run bench:fleet-prometheus`. */
  seriesADevice: 225,
  /** Bytes resident for each series in Prometheus 2.42: the same command. */
  bytesASeries: 4_000,
  /** Bytes of one push with a third of the series dropped: docs/operate/fleet-metrics.md. */
  pushBytes: 3_900,
  pushedSeries: 179,
} as const;
