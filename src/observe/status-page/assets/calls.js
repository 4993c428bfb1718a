// @ts-check
import { Ago, Badge, cell, memo, rowHeader, Said, Section, Table } from "./elements.js";
import { took, words } from "./format.js";
import { Component, h } from "./preact.js";

/** @import { RecentCall } from "../snapshot.ts" */

/** As many as a person reads without having asked for more. */
const FEW = 8;

/**
 * @typedef {{ calls: readonly RecentCall[] }} Props
 * @extends {Component<Props, { all: boolean }>}
 */
export class Calls extends Component {
  /** @override */
  state = { all: false };

  /** @param {Props} next @param {{ all: boolean }} state @override */
  shouldComponentUpdate(next, state) {
    return next.calls !== this.props.calls || state !== this.state;
  }

  /** @override */
  render() {
    const { calls } = this.props;
    const { all } = this.state;
    const shown = all ? calls : calls.slice(0, FEW);
    return h(
      Section,
      { id: "calls", title: "Recent calls" },
      calls.length === 0
        ? h("p", { class: "none" }, "Nobody has called since the agent started.")
        : h(
            Table,
            {
              label: "Recent calls, the latest first",
              kind: "calls",
              columns: [{ title: "Method" }, { title: "When" }, { title: "Answer" }, { title: "Took" }],
            },
            shown.map((call) => h(Row, { key: `${call.at} ${call.requestId}`, call })),
          ),
      calls.length > FEW &&
        h(
          "button",
          { type: "button", "aria-expanded": all, onClick: () => this.setState({ all: !all }) },
          all ? "Show fewer" : `Show all ${calls.length}`,
        ),
    );
  }
}

/** @type {import("preact").ComponentType<{ call: RecentCall }>} */
const Row = memo(({ call }) => {
  const { at, method, requestId, status, outcome, ms, request, reply } = call;
  return h(
    "tr",
    { role: "row" },
    rowHeader([
      h("span", { class: "name", key: "name" }, h(Said, { text: method, most: 120 })),
      (request !== undefined || reply !== undefined) &&
        h(
          "details",
          { class: "payload", key: "payload" },
          h("summary", null, "Payload", h("span", { class: "unseen" }, ` of ${method.slice(0, 120)}`)),
          request !== undefined && h(Payload, { title: "Asked", text: request }),
          reply !== undefined && h(Payload, { title: "Answered", text: reply }),
        ),
      // By it the log tells what happened.
      h("span", { class: "more", key: "request" }, "request ", h(Said, { text: requestId, most: 80 })),
    ]),
    cell("When", h(Ago, { at })),
    cell("Answer", h(Badge, { tone: outcome === "ok" ? "good" : "bad" }, `${status} ${words(outcome)}`)),
    cell("Took", took(ms), "figure"),
  );
});

/** @param {{ title: string, text: string }} props */
const Payload = ({ title, text }) =>
  h("div", null, h("p", { class: "more" }, title), h("pre", { tabIndex: 0, dir: "auto" }, text));
