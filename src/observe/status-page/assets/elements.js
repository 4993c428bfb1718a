// @ts-check

import { cut } from "./format.js";
import { Component, h } from "./preact.js";
import { clockTime, deviceNow, exactTime, relative } from "./time.js";

/** @import { ComponentChildren, ComponentType, VNode } from "preact" */

/**
 * A component that is drawn anew only if one of its properties is another: what the agent did not change is the same
 * object (live.js sees to it).
 * @template {object} P
 * @param {(props: P) => ComponentChildren} draw
 * @returns {ComponentType<P>}
 */
export function memo(draw) {
  /** @extends {Component<P>} */
  class Memo extends Component {
    /** @param {any} next @override */
    shouldComponentUpdate(next) {
      const props = /** @type {any} */ (this.props);
      const names = new Set([...Object.keys(props), ...Object.keys(next)]);
      return [...names].some((name) => props[name] !== next[name]);
    }
    /** @override */
    render() {
      return draw(/** @type {P} */ (this.props));
    }
  }
  return Memo;
}

/** What shows a time that goes by. @type {Set<() => void>} */
const ticking = new Set();
setInterval(() => {
  for (const tick of ticking) tick();
}, 1000);

/**
 * Text that changes as time goes by, without the rest being drawn anew.
 * @extends {Component<{ text: (now: number) => string }>}
 */
export class Ticking extends Component {
  #shown = "";
  #tick = () => {
    if (this.props.text(deviceNow()) !== this.#shown) this.forceUpdate();
  };
  /** @override */
  componentDidMount() {
    ticking.add(this.#tick);
  }
  /** @override */
  componentWillUnmount() {
    ticking.delete(this.#tick);
  }
  /** @override */
  render() {
    this.#shown = this.props.text(deviceNow());
    return this.#shown;
  }
}

/**
 * A time: `3 s ago`, and the exact one for whoever points at it or has it read.
 * @param {{ at: string }} props
 */
export const Ago = ({ at }) =>
  h("time", { dateTime: at, title: exactTime(at) }, h(Ticking, { text: (now) => relative(at, now) }));

/**
 * A time: `14:02`.
 * @param {{ at: string }} props
 */
export const At = ({ at }) =>
  h("time", { dateTime: at, title: exactTime(at) }, h(Ticking, { text: (now) => clockTime(at, now) }));

/**
 * A part of the page under its heading.
 * @param {{ id: string, title: string, note?: ComponentChildren, children?: ComponentChildren }} props
 */
export const Section = ({ id, title, note, children }) =>
  h(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    h(
      "div",
      { class: "heading" },
      h("h2", { id: `${id}-title` }, title),
      note && h("p", { class: "note" }, note),
    ),
    h("div", { class: "body" }, children),
  );

/**
 * What somebody else has named or said: cut, kept from turning the text around it, and never taken for markup.
 * @param {{ text: unknown, most?: number }} props
 */
export const Said = ({ text, most = 300 }) => {
  const short = cut(text, most);
  return h("bdi", short === text ? null : { title: cut(text, 2000) }, short);
};

/** The shape says the same as the colour. @type {Readonly<Record<string, string>>} */
const SHAPES = {
  good: "M4.5 8.3l2.4 2.4 4.6-5",
  bad: "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4",
  busy: "M4.6 8h.01M8 8h.01M11.4 8h.01",
  warn: "M8 4.5v4M8 11.2h.01",
};

/** @typedef {"good" | "bad" | "busy" | "warn"} Tone */

/** @param {{ tone: Tone }} props */
export const Mark = ({ tone }) =>
  h(
    "svg",
    { class: `mark ${tone}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    h("circle", { cx: "8", cy: "8", r: "8" }),
    h("path", { d: SHAPES[tone] ?? "" }),
  );

/**
 * A state in a word, with its colour and shape.
 * @param {{ tone: Tone, children?: ComponentChildren }} props
 */
export const Badge = ({ tone, children }) =>
  h("span", { class: `badge ${tone}` }, h(Mark, { tone }), h("span", null, children));

/**
 * Names and what they stand for; what is not known is left out.
 * @param {{ facts: readonly (readonly [string, ComponentChildren])[] }} props
 */
export const Facts = ({ facts }) =>
  h(
    "dl",
    { class: "facts" },
    facts
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))),
  );

/**
 * A table that phones show as cards. The roles are said again, as a style sheet that shows a table otherwise takes them
 * away in some browsers.
 * @param {{ label: string, kind: string, columns: readonly { title: string, sort?: "ascending" | "descending" | undefined, hidden?: boolean }[], children?: ComponentChildren }} props
 */
export const Table = ({ label, kind, columns, children }) =>
  h(
    "table",
    { class: `cards ${kind}`, role: "table", "aria-label": label },
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        columns.map(({ title, sort, hidden }) =>
          h(
            "th",
            { key: title, role: "columnheader", scope: "col", "aria-sort": sort },
            hidden === true ? h("span", { class: "unseen" }, title) : title,
          ),
        ),
      ),
    ),
    h("tbody", { role: "rowgroup" }, children),
  );

/**
 * @param {string} label the column's title, shown on phones
 * @param {ComponentChildren} content
 * @param {string} [kind]
 * @returns {VNode<any>}
 */
export const cell = (label, content, kind = "") =>
  h("td", { role: "cell", "data-label": label, class: kind }, content);

/**
 * @param {ComponentChildren} content
 * @returns {VNode<any>}
 */
export const rowHeader = (content) => h("th", { role: "rowheader", scope: "row" }, content);
