import { collectDefaultMetrics, type Gauge, type Registry } from "prom-client";

/**
 * How often the event loop is looked at, in milliseconds. prom-client's 10 wake an idle process a hundred times a second, which
 * alone takes five times the processor time that this takes. What holds the loop for less than this is seen only in part, or not at all.
 */
const LOOKED_AT_EVERY = 100;

/** Those whose values have the interval in them. */
const WITH_INTERVAL = ["min", "max", "mean", "p50", "p90", "p99"];

/** prom-client's metrics of the process and of Node, under the names that dashboards know. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOKED_AT_EVERY });
  for (const what of WITH_INTERVAL) tellLateness(registry, `nodejs_eventloop_lag_${what}_seconds`);
}

/** Node measures from one look to the next. How late one came is what was longer than the interval. */
function tellLateness(registry: Registry, name: string): void {
  const gauge = registry.getSingleMetric(name) as Gauge | undefined;
  if (gauge === undefined) return;
  const set = gauge.set.bind(gauge) as (labels: object, seconds: number) => void;
  Object.assign(gauge, {
    set: (labels: object, seconds: number) => set(labels, latenessOf(seconds)),
  });
}

/** Of no look at all, since the last scrape, Node tells NaN, and a smallest one of 292 years. */
function latenessOf(seconds: number): number {
  const isOfLooks = Number.isFinite(seconds) && seconds < 1e9;
  return isOfLooks ? Math.max(0, seconds - LOOKED_AT_EVERY / 1_000) : 0;
}
