import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { ofDevice, quantile, rate } from "../shared/select.ts";
import { FILLING, SLOW, UNIT } from "../shared/text.ts";
import { FILL_BY_BYTES, FILL_BY_MESSAGES } from "./fill.ts";

const max = (metric: string): string => `max(${ofDevice(metric)})`;
const increase = (metric: string): string => `increase(${ofDevice(metric)}[$__rate_interval])`;

/** What it has to tell the hub, and what it was told. */
export const messagesOfDevice: Row = {
  title: "Messages and the twin",
  panels: [
    graph({
      title: "Outbox: how full",
      description:
        "Of messages.outbox.maxMessages and maxBytes. Good: near 0 while online. At 100 % messages are lost or refused (messages.outbox.whenFull).",
      unit: UNIT.share,
      width: 8,
      steps: FILLING,
      queries: [
        { expr: FILL_BY_MESSAGES, legend: "by messages" },
        { expr: FILL_BY_BYTES, legend: "by bytes" },
      ],
    }),
    graph({
      title: "Oldest message that waits",
      description:
        "How long the hub has not had it. Good: nothing, or seconds. It must fall once the device is online.",
      unit: UNIT.seconds,
      width: 8,
      none: "none waits",
      steps: ["green", [300, "orange"], [3600, "red"]],
      queries: [
        {
          expr: `${max("hubhand_clock_timestamp_seconds")} - (${max("hubhand_outbox_oldest_timestamp_seconds")} > 0)`,
          legend: "age",
        },
      ],
    }),
    bars({
      title: "Messages that were never sent",
      description:
        "full: no room. expired: their time to live was over. corrupt: the disk has not given them back. poison: the hub never takes them. Good: none.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [
        { expr: `sum by (reason) (${increase("hubhand_outbox_dropped_total")}) > 0`, legend: "{{reason}}" },
      ],
    }),
    graph({
      title: "Messages that wait",
      description:
        "To the hub: not acknowledged yet. From the hub: not handled yet; their handler fails or is slow. Good: few, and not for long.",
      unit: UNIT.count,
      width: 8,
      queries: [
        { expr: max("hubhand_outbox_messages"), legend: "to the hub" },
        { expr: max("hubhand_inbox_messages"), legend: "from the hub" },
      ],
    }),
    graph({
      title: "Messages",
      description: "Messages that were handled, by direction and outcome, each second. Good: all ok.",
      unit: UNIT.perSecond,
      width: 8,
      none: "no messages",
      queries: [
        {
          expr: `sum by (direction, outcome) (${rate(ofDevice("hubhand_messages_total"))}) > 0`,
          legend: "{{direction}} {{outcome}}",
        },
      ],
    }),
    graph({
      title: "p95 of handling a message from the hub",
      description: "By handler. Good: well below the time that a handler may take.",
      unit: UNIT.seconds,
      width: 8,
      none: "no messages",
      steps: SLOW,
      queries: [
        {
          expr: quantile(0.95, { of: "hubhand_message_duration_seconds", by: ["handler"], select: ofDevice }),
          legend: "{{handler}}",
        },
      ],
    }),
    graph({
      title: "Twin: version in force",
      description: "Of the desired properties; 0: none yet. It follows what the hub has within seconds.",
      unit: UNIT.count,
      width: 12,
      height: 6,
      queries: [{ expr: max("hubhand_twin_desired_version"), legend: "version" }],
    }),
    bars({
      title: "Twin updates",
      description:
        "desired: what the hub wanted was applied, refused (its acknowledgement says why) or failed. reported: what the device told the hub. Good: no refused, no failed.",
      unit: UNIT.count,
      width: 12,
      height: 6,
      none: "none",
      queries: [
        {
          expr: `sum by (side, outcome) (${increase("hubhand_twin_updates_total")}) > 0`,
          legend: "{{side}} {{outcome}}",
        },
      ],
    }),
  ],
};
