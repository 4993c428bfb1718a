import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { ofFleet, rate } from "../shared/select.ts";
import { FILLING, UNIT } from "../shared/text.ts";
import { named } from "../shared/who.ts";

const by = (metric: string): string => `max by (instance) (${ofFleet(metric)})`;
const FILL = ["messages", "bytes"]
  .map((what) => `${by(`hubhand_outbox_${what}`)} / (${by(`hubhand_outbox_limit_${what}`)} > 0)`)
  .map((share, index) => `label_replace(${share}, "of", "${index}", "", "")`)
  .join(" or ");
const OLDEST = `${by("hubhand_clock_timestamp_seconds")} - (${by("hubhand_outbox_oldest_timestamp_seconds")} > 0)`;

/** What devices tell the hub and are told. */
export const messagesOfFleet: Row = {
  title: "Messages and the twin",
  panels: [
    graph({
      title: "Fullest outboxes",
      description:
        "How full the outbox is, by messages or by bytes, whichever is more: the ten fullest. Good: near 0 while online. At 100 % messages are lost or refused (messages.outbox.whenFull).",
      unit: UNIT.share,
      width: 8,
      steps: FILLING,
      queries: [{ expr: `topk(10, ${named(`max by (instance) (${FILL})`)})`, legend: "{{device}}" }],
    }),
    graph({
      title: "Oldest message that waits",
      description:
        "How long the hub has not had the oldest message, the ten longest. Good: none, or seconds. It grows while a device is offline, and must fall when it is back.",
      unit: UNIT.seconds,
      width: 8,
      none: "none waits",
      steps: ["green", [300, "orange"], [3600, "red"]],
      queries: [{ expr: `topk(10, ${named(OLDEST)})`, legend: "{{device}}" }],
    }),
    bars({
      title: "Messages that were never sent",
      description:
        "full: no room. expired: their time to live was over. corrupt: the disk has not given them back. poison: the hub never takes them. Good: none. Larger bounds help against full, if the disk has room.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [
        {
          expr: `sum by (reason) (increase(${ofFleet("hubhand_outbox_dropped_total")}[$__rate_interval])) > 0`,
          legend: "{{reason}}",
        },
      ],
    }),
    graph({
      title: "Messages",
      description:
        "Messages that were handled, to the hub (device_to_cloud) and from it (cloud_to_device), by outcome. Good: all ok.",
      unit: UNIT.perSecond,
      width: 8,
      none: "no messages",
      queries: [
        {
          expr: `sum by (direction, outcome) (${rate(ofFleet("hubhand_messages_total"))}) > 0`,
          legend: "{{direction}} {{outcome}}",
        },
      ],
    }),
    graph({
      title: "Messages from the hub that wait",
      description:
        "Cloud-to-device messages that are not handled yet, the ten devices with most. Good: none for long. Their handler fails or is slow.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [{ expr: `topk(10, ${named(`${by("hubhand_inbox_messages")} > 0`)})`, legend: "{{device}}" }],
    }),
    bars({
      title: "Twin updates that were not taken",
      description:
        "Desired properties that a device refused or failed at, and reports that did not arrive. Good: none. The acknowledgement in the device's twin tells which property and why.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [
        {
          expr: `sum by (side, outcome) (increase(${ofFleet("hubhand_twin_updates_total", 'outcome=~"refused|failed"')}[$__rate_interval])) > 0`,
          legend: "{{side}} {{outcome}}",
        },
      ],
    }),
  ],
};
