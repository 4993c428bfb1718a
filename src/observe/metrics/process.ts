import { collectDefaultMetrics, type Registry } from "prom-client";
import { LONGEST_TIMER_MS } from "../../clock.ts";
import { collectEventLoopMetrics, EVENT_LOOP_METRICS, type EventLoopWatch } from "./event-loop.ts";

/** prom-client's metrics of the process and of Node, under the names that dashboards know; those of the event loop are our own. */
export function collectProcessMetrics(registry: Registry): EventLoopWatch {
  // It offers no way to leave one out, and would look at the loop a hundred times a second; so it looks once a month.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LONGEST_TIMER_MS });
  for (const name of EVENT_LOOP_METRICS) registry.removeSingleMetric(name);
  return collectEventLoopMetrics(registry);
}
