// @ts-check
import { Ago, Facts, memo, Said, Section } from "./elements.js";
import { count, counted, listed, size } from "./format.js";
import { h } from "./preact.js";

/** @import { InboxSection, OutboxSection } from "../snapshot.ts" */

/**
 * What waits, on its way to the hub and from it.
 * @type {import("preact").ComponentType<{ outbox: OutboxSection, inbox: InboxSection }>}
 */
export const Queues = memo(({ outbox, inbox }) => {
  const { messages, bytes, limitMessages, limitBytes, onDisk, oldestAt, problem, dropped } = outbox;
  const lost = Object.entries(dropped).filter(([, many]) => many > 0);
  return h(
    Section,
    { id: "queues", title: "Messages", note: onDisk ? "kept on disk" : "in memory only" },
    h(
      "div",
      { class: "meters" },
      h(Fill, {
        title: "To the hub",
        value: messages,
        limit: limitMessages,
        text: `${count(messages)} of ${counted(limitMessages, "message")}`,
      }),
      h(Fill, {
        title: "Room",
        value: bytes,
        limit: limitBytes,
        text: `${size(bytes)} of ${size(limitBytes)}`,
      }),
    ),
    h(Facts, {
      facts: [
        ["The oldest", oldestAt && h(Ago, { at: oldestAt })],
        [
          "Dropped",
          lost.length > 0 ? listed(lost.map(([reason, many]) => `${count(many)} ${reason}`)) : undefined,
        ],
        ["Trouble", problem && h(Said, { text: problem })],
        ["From the hub", `${counted(inbox.waiting, "message")} to be handled`],
        ["Their trouble", inbox.problem && h(Said, { text: inbox.problem })],
      ],
    }),
  );
});

/**
 * How full something is. The words stand beside it, so that the bar is only for the eye.
 * @param {{ title: string, value: number, limit: number, text: string }} props
 */
function Fill({ title, value, limit, text }) {
  const share = limit > 0 ? Math.min(1, value / limit) : 0;
  return h(
    "div",
    null,
    h("p", null, h("span", { class: "label" }, title), h("span", null, text)),
    h(
      "svg",
      {
        class: share >= 0.8 ? "fill full" : "fill",
        viewBox: "0 0 100 6",
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      h("rect", { class: "rail", width: 100, height: 6 }),
      // A little is not nothing.
      h("rect", { class: "level", width: value > 0 ? Math.max(1, share * 100) : 0, height: 6 }),
    ),
  );
}
