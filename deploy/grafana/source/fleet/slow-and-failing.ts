import type { Row } from "../shared/describe.ts";
import { grown, ofFleet, quantile, ratio, THE_METHODS } from "../shared/select.ts";
import { table } from "../shared/table.ts";
import { SLOW, UNIT } from "../shared/text.ts";
import { namedInTable } from "../shared/who.ts";

const DURATION = "hubhand_method_duration_seconds";
const QUEUE = "hubhand_method_queue_seconds";

const p95 = (of: string, ...by: string[]): string =>
  quantile(0.95, { of, by: ["method", ...by], select: ofFleet, labels: [THE_METHODS], window: "$__range" });
const perSecond = (metric: string, ...labels: string[]): string =>
  `sum by (method) (rate(${ofFleet(metric, THE_METHODS, ...labels)}[$__range]))`;
const calls = perSecond("hubhand_method_calls_total");

/** The two questions behind a bad graph: which one, and why. */
export const slowAndFailing: Row = {
  title: "Which methods are slow or fail, and why",
  panels: [
    table({
      title: "The slowest methods, and why",
      description:
        "Over the time that is shown, the 20 slowest. Waiting: the part of a call's time that it waited for its turn. Above one half the queue is why: give the method more concurrency, or call it less often. Below it is the handler, on the device that the last column names first.",
      width: 14,
      none: "no calls",
      joined: "method",
      only: "A",
      sortedBy: "p95",
      queries: [
        { expr: `topk(20, ${p95(DURATION)})` },
        { expr: p95(QUEUE) },
        { expr: ratio(perSecond(`${QUEUE}_sum`), perSecond(`${DURATION}_sum`)) },
        { expr: calls },
        {
          expr: `max by (method, device) (${namedInTable(`topk by (method) (1, ${p95(DURATION, "instance")})`)})`,
        },
      ],
      columns: [
        { of: "method", title: "Method" },
        { of: "A", title: "p95", unit: UNIT.seconds, steps: SLOW },
        { of: "B", title: "p95 in the queue", unit: UNIT.seconds },
        { of: "C", title: "Waiting", unit: UNIT.share, steps: ["green", [0.5, "orange"]] },
        { of: "D", title: "Calls", unit: UNIT.perSecond },
        { of: "device", title: "Slowest device" },
      ],
    }),
    table({
      title: "Calls that failed, by device",
      description:
        "Over the time that is shown, the 20 of which there were most. Good: none. The outcome is an error code of the reply, in small letters; handler_error: the handler itself answered with a status from 400 on.",
      width: 10,
      none: "none",
      sortedBy: "Calls",
      queries: [
        {
          expr: `topk(20, ${namedInTable(`sum by (instance, method, outcome) (${grown(ofFleet("hubhand_method_calls_total", THE_METHODS, 'outcome!="ok"'))}) > 0`)})`,
        },
      ],
      columns: [
        { of: "device", title: "Device" },
        { of: "instance", title: "instance", opens: true },
        { of: "method", title: "Method" },
        { of: "outcome", title: "Outcome" },
        { of: "A", title: "Calls", steps: ["orange"] },
      ],
    }),
  ],
};
