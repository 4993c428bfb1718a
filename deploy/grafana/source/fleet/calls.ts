import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { ofFleet, quantile, rate, ratio, THE_METHODS } from "../shared/select.ts";
import { FAILING, SLOW, UNIT } from "../shared/text.ts";

const calls = (...labels: string[]): string =>
  rate(ofFleet("hubhand_method_calls_total", THE_METHODS, ...labels));

const latency = (which: number) =>
  graph({
    title: `p${which * 100} by method`,
    description: `${which * 100} of 100 calls were answered within this time, from their arrival at the device to the reply. Good: well below the caller's time-out. Which part of it is waiting: "The slowest methods, and why".`,
    unit: UNIT.seconds,
    width: 8,
    steps: SLOW,
    none: "no calls",
    queries: [
      {
        expr: quantile(which, {
          of: "hubhand_method_duration_seconds",
          by: ["method"],
          select: ofFleet,
          labels: [THE_METHODS],
        }),
        legend: "{{method}}",
      },
    ],
  });

/** How many, how well, how fast. */
export const callsOfFleet: Row = {
  title: "Calls",
  panels: [
    graph({
      title: "Calls by method",
      description:
        "Direct methods answered by the chosen devices, each second. Names that no device knows are counted as _unknown.",
      unit: UNIT.perSecond,
      width: 8,
      none: "no calls",
      queries: [{ expr: `sum by (method) (${calls()}) > 0`, legend: "{{method}}" }],
    }),
    graph({
      title: "Share that failed, by method",
      description:
        "Calls that ended other than ok, of all. Good: below 1 %. The outcome beside it tells whether the caller (payload_invalid, method_not_found), the device (method_busy, method_timed_out) or the handler (method_failed, handler_error) is why.",
      unit: UNIT.share,
      width: 8,
      steps: FAILING,
      none: "no calls",
      queries: [
        {
          expr: `(${ratio(`sum by (method) (${calls('outcome!="ok"')})`, `sum by (method) (${calls()})`)}) or sum by (method) (${calls()} > 0) * 0`,
          legend: "{{method}}",
        },
      ],
    }),
    bars({
      title: "Calls by outcome",
      description:
        "How calls ended. method_busy: the method's concurrency and queue are too small for its callers. method_timed_out: its handler takes longer than it may. plugin_down: its plugin is being restarted.",
      unit: UNIT.perSecond,
      width: 8,
      none: "no calls",
      queries: [{ expr: `sum by (outcome) (${calls()}) > 0`, legend: "{{outcome}}" }],
    }),
    latency(0.5),
    latency(0.95),
    latency(0.99),
  ],
};
