import type { Row } from "../shared/describe.ts";
import { number } from "../shared/panels.ts";
import { ofDevice, orZero, quantile, rate, ratio } from "../shared/select.ts";
import { LINK_STATE, LINK_STATES } from "../shared/states.ts";
import { FAILING, FILLING, NONE_IS_GOOD, SLOW, type Steps, UNIT } from "../shared/text.ts";
import { OUTBOX_FILL } from "./fill.ts";

const calls = (...labels: string[]): string =>
  `sum(${rate(ofDevice("hubhand_method_calls_total", ...labels))})`;
const time = (metric: string): string => `1000 * max(${ofDevice(metric)} > 0)`;
const PLAIN: Steps = ["blue"];

/** How it is at this moment. */
export const now: Row = {
  title: "Now",
  panels: [
    number({
      title: "State",
      description:
        "Of the link. Good: online. deaf: it says so, and the hub has not proved for three checks that calls reach it. down: it does not answer Prometheus.",
      unit: UNIT.count,
      width: 4,
      none: "no metrics",
      words: LINK_STATES,
      queries: [{ expr: LINK_STATE, legend: "state" }],
    }),
    number({
      title: "Online since",
      description:
        "When the session began. It is renewed about once an hour (link.tokenLifetime), without a gap.",
      unit: UNIT.ago,
      width: 4,
      none: "offline",
      steps: PLAIN,
      queries: [{ expr: time("hubhand_link_connected_since_timestamp_seconds"), legend: "since" }],
    }),
    number({
      title: "Last proof",
      description:
        "When the hub last proved that calls reach the device. Good: no longer ago than link.subscriptionCheck (10 minutes).",
      unit: UNIT.ago,
      width: 4,
      none: "offline",
      steps: PLAIN,
      queries: [{ expr: time("hubhand_link_checked_timestamp_seconds"), legend: "proof" }],
    }),
    number({
      title: "Started",
      description: "When the agent started. Good: when you last started it.",
      unit: UNIT.ago,
      width: 4,
      none: "no metrics",
      steps: PLAIN,
      queries: [{ expr: time("process_start_time_seconds"), legend: "started" }],
    }),
    number({
      title: "Calls",
      description: "Direct methods answered, each second. Good: as many as its back end makes.",
      unit: UNIT.perSecond,
      width: 4,
      steps: PLAIN,
      queries: [{ expr: orZero(calls()), legend: "calls" }],
    }),
    number({
      title: "Failed",
      description:
        "Share of the calls that ended other than ok. Good: below 1 %. The row Calls tells which and how.",
      unit: UNIT.share,
      width: 4,
      none: "no calls",
      steps: FAILING,
      queries: [{ expr: `(${ratio(calls('outcome!="ok"'), calls())}) or ${calls()} * 0`, legend: "failed" }],
    }),
    number({
      title: "p95",
      description: "95 of 100 calls were answered within this time. Good: well below the caller's time-out.",
      unit: UNIT.seconds,
      width: 4,
      none: "no calls",
      steps: SLOW,
      queries: [
        {
          expr: quantile(0.95, { of: "hubhand_method_duration_seconds", by: [], select: ofDevice }),
          legend: "p95",
        },
      ],
    }),
    number({
      title: "Plugins that are down",
      description: "Good: 0. The row Plugins tells which; /readyz tells why.",
      unit: UNIT.count,
      width: 4,
      steps: NONE_IS_GOOD,
      queries: [{ expr: orZero(`count(${ofDevice("hubhand_plugin_up")} == 0)`), legend: "down" }],
    }),
    number({
      title: "Outbox",
      description: "How full it is, by messages or by bytes, whichever is more. Good: near 0 while online.",
      unit: UNIT.share,
      width: 4,
      steps: FILLING,
      queries: [{ expr: `max(${OUTBOX_FILL})`, legend: "full" }],
    }),
    number({
      title: "On disk",
      description:
        "Whether messages to the hub can be kept on disk. Good: yes. no: they are in memory only, and a restart loses them; look at the disk.",
      unit: UNIT.count,
      width: 4,
      words: [
        { value: 1, text: "yes", colour: "green" },
        { value: 0, text: "no", colour: "red" },
      ],
      queries: [{ expr: `min(${ofDevice("hubhand_outbox_on_disk")})`, legend: "on disk" }],
    }),
    number({
      title: "Certificate ends",
      description:
        "When the device's certificate is over. Orange: in less than 30 days, red: in less than a week; renew it. A new file is used without a restart.",
      unit: UNIT.seconds,
      width: 4,
      none: "has none",
      steps: ["red", [7 * 86_400, "orange"], [30 * 86_400, "green"]],
      queries: [
        {
          expr: `max(${ofDevice("hubhand_link_certificate_expiry_timestamp_seconds")} > 0) - time()`,
          legend: "left",
        },
      ],
    }),
    number({
      title: "Clock",
      description:
        "How far the device's time is from Prometheus's, either way. Good: under a few seconds. Tokens fail from some minutes on: look at its time service.",
      unit: UNIT.seconds,
      width: 4,
      steps: ["green", [5, "orange"], [60, "red"]],
      queries: [
        {
          expr: `max(abs(${ofDevice("hubhand_clock_timestamp_seconds")} - timestamp(${ofDevice("hubhand_clock_timestamp_seconds")})))`,
          legend: "off by",
        },
      ],
    }),
  ],
};
