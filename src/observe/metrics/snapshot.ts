import { KIBIBYTE } from "../../sizes.ts";
import { type BucketCounts, bucketsOf, quantilesOf, since } from "./quantiles.ts";

/** One metric as prom-client's registry tells it; series of histograms have names of their own. */
export interface GatheredMetric {
  readonly name: string;
  readonly type: unknown;
  readonly values: readonly GatheredSeries[];
}

export interface GatheredSeries {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

/** Of a counter or gauge its value; of a histogram what was observed since the start, and how it spread lately. */
type Figures =
  | { readonly value: number }
  | {
      readonly count: number;
      readonly sum: number;
      readonly p50?: number;
      readonly p95?: number;
      readonly p99?: number;
    };

/** The labels of a series, and its figures beside them. */
type Row = Figures & Readonly<Record<string, string | number | undefined>>;

export interface MetricsSnapshot {
  /** By the device's clock, ISO 8601. */
  readonly at: string;
  /** By name: a number, or the figures of a histogram; of a metric with labels a list of rows. */
  readonly metrics: Readonly<Record<string, number | Figures | readonly Row[]>>;
  /** Names of the metrics of which some rows, or all, found no room. */
  readonly truncated?: readonly string[];
}

export interface TakenSnapshot {
  readonly snapshot: MetricsSnapshot;
  /** What the next snapshot is given, so that its quantiles are of what happened in between. */
  readonly buckets: ReadonlyMap<string, BucketCounts>;
}

export interface TakeSnapshotOptions {
  readonly metrics: readonly GatheredMetric[];
  readonly at: Date;
  /** Those of the snapshot before; without them the quantiles are of all since the start. */
  readonly before?: ReadonlyMap<string, BucketCounts>;
  /** For the metrics, as JSON. */
  readonly roomBytes?: number;
}

/** Which metrics are told, by the beginning of their names; the first are kept longest when there is no room for all. */
const IMPORTANCE = [
  "hubhand_build_info",
  "hubhand_device_info",
  "hubhand_link_",
  "hubhand_outbox_",
  "hubhand_plugin_",
  "process_start_time_seconds",
  "process_resident_memory_bytes",
  "process_cpu_seconds_total",
  "process_open_fds",
  "nodejs_eventloop_lag_p99_seconds",
  "hubhand_method",
  "hubhand_task_",
  "hubhand_",
];
/** A message has 64 KiB at most by our own bound; the rest is for the names of what was left out, about 70 at most. */
const ROOM_BYTES = 60 * KIBIBYTE;

/**
 * The metrics in a form that fits into one message and that a program in the cloud can read without knowing Prometheus.
 * What is 0 is left out of counters, histograms and sets of states that have labels: a row that is not there is a 0.
 */
export function takeSnapshot(options: TakeSnapshotOptions): TakenSnapshot {
  const { at, before = new Map(), roomBytes = ROOM_BYTES } = options;
  const buckets = new Map<string, BucketCounts>();
  const metrics: Record<string, number | Figures | readonly Row[]> = {};
  const truncated: string[] = [];
  let room = roomBytes;

  for (const { name, rows } of chosen(options.metrics).map((metric) => rowsOf(metric, before, buckets))) {
    const [first] = rows;
    if (first === undefined) continue;
    room -= name.length + '"":[],'.length;
    const fitting = rows.filter((row) => {
      const size = Buffer.byteLength(JSON.stringify(row)) + 1;
      if (size > room) return false;
      room -= size;
      return true;
    });
    if (fitting.length < rows.length) truncated.push(name);
    if (fitting.length > 0) metrics[name] = hasLabels(first) ? fitting : bare(first);
  }
  const snapshot = { at: at.toISOString(), metrics, ...(truncated.length > 0 ? { truncated } : {}) };
  return { snapshot, buckets };
}

const rank = (name: string): number => IMPORTANCE.findIndex((beginning) => name.startsWith(beginning));

const chosen = (metrics: readonly GatheredMetric[]): GatheredMetric[] =>
  metrics.filter(({ name }) => rank(name) >= 0).toSorted((one, other) => rank(one.name) - rank(other.name));

/** Of a metric, the rows that tell something, those with the largest figures first. */
function rowsOf(
  metric: GatheredMetric,
  before: ReadonlyMap<string, BucketCounts>,
  buckets: Map<string, BucketCounts>,
): { readonly name: string; readonly rows: readonly Row[] } {
  const { name, values } = metric;
  if (metric.type === "histogram") return { name, rows: histogramRows(metric, before, buckets) };
  const rows = values.map(({ labels, value }) => ({ ...labels, value: rounded(value) }));
  const telling = rows.filter(
    (row) => Number.isFinite(row.value) && (row.value !== 0 || tellsZero(metric, row)),
  );
  return { name, rows: telling.toSorted((one, other) => other.value - one.value) };
}

/** A plugin that is 0 is down: of gauges that is worth a row. Of the states of one thing, those that it is not in are not. */
const tellsZero = ({ type }: GatheredMetric, row: Row): boolean =>
  !hasLabels(row) || (type === "gauge" && !("state" in row));

function histogramRows(
  { name, values }: GatheredMetric,
  before: ReadonlyMap<string, BucketCounts>,
  buckets: Map<string, BucketCounts>,
): readonly Row[] {
  const series = Map.groupBy(values, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  const rows = [...series].flatMap(([key, parts]) => {
    const figure = (suffix: string) =>
      parts.find(({ metricName }) => metricName === `${name}${suffix}`)?.value ?? 0;
    const count = figure("_count");
    if (count === 0) return [];
    const counts = bucketsOf(parts.filter(({ metricName }) => metricName === `${name}_bucket`));
    buckets.set(name + key, counts);
    const lately = since(counts, before.get(name + key));
    const { p50, p95, p99 } = quantilesOf(lately) ?? {};
    const quantiles =
      p50 === undefined || p95 === undefined || p99 === undefined
        ? {}
        : { p50: rounded(p50), p95: rounded(p95), p99: rounded(p99) };
    return [
      { ...(JSON.parse(key) as Record<string, string>), count, sum: rounded(figure("_sum")), ...quantiles },
    ];
  });
  return rows.toSorted((one, other) => other.count - one.count);
}

const FIGURES = new Set(["value", "count", "sum", "p50", "p95", "p99"]);
const hasLabels = (row: object): boolean => Object.keys(row).some((key) => !FIGURES.has(key));

/** A metric without labels has one row. */
const bare = (row: Row): number | Figures =>
  "value" in row && typeof row.value === "number" ? row.value : row;

/** To the thousandth, and small ones to four digits: a message need not tell nanoseconds. */
const rounded = (value: number): number =>
  Math.abs(value) >= 1 ? Math.round(value * 1000) / 1000 : Number(value.toPrecision(4));
