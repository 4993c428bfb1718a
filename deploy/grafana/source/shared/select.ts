/** A metric of the devices that the dashboard is set to, as PromQL; `labels` are further matchers, as PromQL writes them. */
export type Select = (metric: string, ...labels: readonly string[]) => string;

function selectWith(device: string): Select {
  return (metric, ...labels) => `${metric}{${['job=~"$job"', device, ...labels].join(", ")}}`;
}

/** Of all devices that are chosen. */
export const ofFleet: Select = selectWith('instance=~"$device"');
/** Of the one device: a variable of one value is not escaped for a regular expression. */
export const ofDevice: Select = selectWith('instance="$device"');

/** The matchers of those variables that only some metrics have a label for. */
export const THE_METHODS = 'method=~"$method"';
export const THE_PLUGINS = 'plugin=~"$plugin"';

/** Per second, over what Grafana finds long enough for the scrape interval. */
export const rate = (series: string): string => `rate(${series}[$__rate_interval])`;

/**
 * How much a counter grew over the time that is shown. A counter that began in that time began with its first event, which
 * `increase` does not see: such a one counts with all that it has.
 */
export const grown = (series: string): string =>
  `(increase(${series}[$__range]) > 0 or (${series} unless ${series} offset $__range))`;

export interface QuantileOptions {
  /** A histogram's name, without `_bucket`. */
  readonly of: string;
  readonly by: readonly string[];
  readonly select: Select;
  readonly labels?: readonly string[];
  readonly window?: string;
}

/** A quantile of a histogram; nothing where nothing was counted, as PromQL's answer would be NaN. */
export function quantile(
  which: number,
  { of, by, select, labels = [], window = "$__rate_interval" }: QuantileOptions,
): string {
  const buckets = select(`${of}_bucket`, ...labels);
  return `histogram_quantile(${which}, sum by (${["le", ...by].join(", ")}) (rate(${buckets}[${window}]))) >= 0`;
}

/** One number over another; nothing where the other is nothing. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

/** The number, or 0 where there is no series at all. */
export const orZero = (expression: string): string => `(${expression}) or vector(0)`;
