// @ts-check
import { Ago, At, Facts, memo, Said, Section } from "./elements.js";
import { count, counted } from "./format.js";
import { percent, periodsOf, reckon, windowOf } from "./link-periods.js";
import { h } from "./preact.js";
import { clockTime, dateOf, deviceNow, lengthOf } from "./time.js";

/** @import { LinkSection } from "../snapshot.ts" */

/**
 * How the connection to the hub is and was.
 * @type {import("preact").ComponentType<{ link: LinkSection }>}
 */
export const Link = memo(({ link }) => {
  const now = deviceNow();
  return h(
    Section,
    {
      id: "link",
      title: "Link",
      note: `${counted(link.connects, "session")}, ${counted(link.failures, "failure")}`,
    },
    h(Strip, { link, now }),
    h(Facts, {
      facts: [
        ...Object.entries(link.identity).map(
          ([name, value]) => /** @type {const} */ ([named(name), h(Said, { text: value })]),
        ),
        [
          "Checked",
          link.checkedAt && [
            h(Ago, { at: link.checkedAt, key: "at" }),
            ": the hub sends it its calls",
            `, asked every ${lengthOf(link.checkEveryMs)}`,
          ],
        ],
        ["Certificate", link.certificateEndsAt && `until ${dateOf(link.certificateEndsAt)}`],
        [
          "Last failure",
          link.lastFailure && [
            h(Ago, { at: link.lastFailure.at, key: "at" }),
            ` (${link.lastFailure.class}): `,
            h(Said, { text: link.lastFailure.message, key: "why" }),
          ],
        ],
      ],
    }),
    link.history.length > 0 && h(Past, { link }),
  );
});

/** `hostName` is shown as `Host name`. @param {string} key */
function named(key) {
  const words = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** Tall is good: the heights tell what the colours tell. @type {Readonly<Record<string, number>>} */
const HEIGHTS = { online: 32, connecting: 18, closing: 18, waiting: 9, stopped: 4 };

/**
 * The last hours as a strip: the time goes to the right, a state is a block.
 * @param {{ link: LinkSection, now: number }} props
 */
function Strip({ link, now }) {
  const periods = periodsOf(link, now);
  const window = windowOf(periods, now);
  const from = now - window;
  const { onlineShare, breaks, longestBreak } = reckon(periods, from);
  const told = [
    `In the last ${lengthOf(Math.min(window, now - (periods[0]?.from ?? now)))}`,
    onlineShare === undefined ? "" : `: online ${percent(onlineShare)} of the time`,
    breaks === 0
      ? ", without a break"
      : `, ${counted(breaks, "break")}, the longest ${lengthOf(longestBreak)}`,
  ].join("");
  const scale = 1000 / window;
  return h(
    "figure",
    { class: "strip" },
    h(
      "svg",
      { viewBox: "0 0 1000 32", preserveAspectRatio: "none", role: "img", "aria-label": told },
      periods
        .filter(({ to }) => to > from)
        .map(({ state, from: start, to }) => {
          const height = HEIGHTS[state] ?? 4;
          const x = Math.max(0, (start - from) * scale);
          // A break of a second in a day is still to be seen.
          const width = Math.max(2, (to - from) * scale - x);
          return h("rect", { key: start, class: state, x, y: 32 - height, width, height });
        }),
    ),
    h(
      "div",
      { class: "scale", "aria-hidden": "true" },
      h("span", null, clockTime(new Date(from).toISOString(), now)),
      h("span", null, "now"),
    ),
    h("figcaption", null, `${told}.`),
  );
}

/**
 * Each thing that happened, the latest first.
 * @param {{ link: LinkSection }} props
 */
const Past = ({ link }) =>
  h(
    "details",
    null,
    h("summary", null, `History (${count(link.history.length)})`),
    h(
      "ol",
      { class: "past", tabIndex: 0, role: "region", "aria-label": "History of the link" },
      [...link.history]
        .reverse()
        .map((entry) =>
          h(
            "li",
            { key: `${entry.at} ${entry.state ?? entry.failure}` },
            h(At, { at: entry.at }),
            h(
              "span",
              null,
              entry.state !== undefined
                ? String(entry.state)
                : [`${entry.failure}: `, h(Said, { text: entry.message ?? entry.reason ?? "", key: "why" })],
            ),
          ),
        ),
    ),
  );
