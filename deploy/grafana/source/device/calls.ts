import type { Row } from "../shared/describe.ts";
import { bars, graph, heatmap } from "../shared/panels.ts";
import { ofDevice, quantile, rate, THE_METHODS } from "../shared/select.ts";
import { SLOW, UNIT } from "../shared/text.ts";

const calls = rate(ofDevice("hubhand_method_calls_total", THE_METHODS));
const DURATION = "hubhand_method_duration_seconds";
const timeOf = (which: number, of: string, by: readonly string[] = []) =>
  quantile(which, { of, by, select: ofDevice, labels: [THE_METHODS] });
const replies = (what: string): string => `hubhand_method_${what}_replies_total`;

/** How calls were answered. */
export const callsOfDevice: Row = {
  title: "Calls",
  panels: [
    heatmap({
      title: "Duration of calls",
      description:
        "How many calls took how long, from their arrival to the reply. Good: one band that stays low. A second band above is another method, or calls that wait for their turn.",
      unit: UNIT.seconds,
      width: 12,
      none: "no calls",
      queries: [
        { expr: `sum by (le) (${rate(ofDevice(`${DURATION}_bucket`, THE_METHODS))})`, legend: "{{le}}" },
      ],
    }),
    graph({
      title: "p50, p95 and p99",
      description:
        "Of 100 calls so many were answered within this time. Good: well below the caller's time-out.",
      unit: UNIT.seconds,
      width: 12,
      none: "no calls",
      steps: SLOW,
      queries: [0.5, 0.95, 0.99].map((which) => ({
        expr: timeOf(which, DURATION),
        legend: `p${which * 100}`,
      })),
    }),
    graph({
      title: "Calls by method",
      description:
        "Direct methods answered, each second. Names that the device does not know are counted as _unknown.",
      unit: UNIT.perSecond,
      width: 8,
      none: "no calls",
      queries: [{ expr: `sum by (method) (${calls}) > 0`, legend: "{{method}}" }],
    }),
    bars({
      title: "Calls by outcome",
      description:
        "Good: all ok. method_busy: more concurrency or queue is needed. method_timed_out: the handler takes longer than it may. method_failed, handler_error: the handler's own failures; the log has each with its request id.",
      unit: UNIT.perSecond,
      width: 8,
      none: "no calls",
      queries: [{ expr: `sum by (outcome) (${calls}) > 0`, legend: "{{outcome}}" }],
    }),
    graph({
      title: "p95 by method",
      description: "Which method is slow. Compare with the time in the queue below.",
      unit: UNIT.seconds,
      width: 8,
      none: "no calls",
      steps: SLOW,
      queries: [{ expr: timeOf(0.95, DURATION, ["method"]), legend: "{{method}}" }],
    }),
    graph({
      title: "In flight and in the queue",
      description:
        "Calls without a reply yet, and those of them that wait for their turn. Good: few, and none that wait. A queue that does not empty ends in method_busy.",
      unit: UNIT.count,
      width: 8,
      queries: [
        { expr: `max(${ofDevice("hubhand_methods_in_flight")})`, legend: "in flight" },
        { expr: `max(${ofDevice("hubhand_methods_queued")})`, legend: "waiting" },
      ],
    }),
    graph({
      title: "p95 of the time in the queue",
      description:
        "How long calls wait before their handler begins. Good: next to nothing. Otherwise the method's concurrency is too small for its callers.",
      unit: UNIT.seconds,
      width: 8,
      none: "no calls",
      steps: SLOW,
      queries: [{ expr: timeOf(0.95, "hubhand_method_queue_seconds", ["method"]), legend: "{{method}}" }],
    }),
    graph({
      title: "p95 of payloads",
      description: "How large requests and replies are. The hub takes no more than 128 KiB.",
      unit: UNIT.bytes,
      width: 8,
      none: "no calls",
      steps: ["green", [65_536, "orange"], [131_072, "red"]],
      queries: [
        {
          expr: quantile(0.95, { of: "hubhand_method_payload_bytes", by: ["direction"], select: ofDevice }),
          legend: "{{direction}}",
        },
      ],
    }),
    bars({
      title: "Lost and surplus replies",
      description:
        "lost: a reply found no link to the hub; its caller timed out. surplus: a handler answered again. Good: none.",
      unit: UNIT.count,
      width: 12,
      height: 6,
      none: "none",
      queries: ["lost", "extra"].map((what) => ({
        expr: `sum by (method) (increase(${ofDevice(replies(what), THE_METHODS)}[$__rate_interval])) > 0`,
        legend: `${what === "extra" ? "surplus" : what}: {{method}}`,
      })),
    }),
    bars({
      title: "Jobs",
      description:
        "Work that takes longer than a call: what runs, and what ended how. interrupted: the agent stopped or was killed meanwhile.",
      unit: UNIT.count,
      width: 12,
      height: 6,
      none: "none",
      queries: [
        { expr: `max(${ofDevice("hubhand_jobs_running")})`, legend: "running" },
        {
          expr: `sum by (method, outcome) (increase(${ofDevice("hubhand_jobs_total", THE_METHODS)}[$__rate_interval])) > 0`,
          legend: "{{method}} {{outcome}}",
        },
      ],
    }),
  ],
};
