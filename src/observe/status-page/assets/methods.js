// @ts-check
import { Ago, cell, memo, rowHeader, Said, Section, Table } from "./elements.js";
import { count, counted, took, words } from "./format.js";
import { Component, h } from "./preact.js";
import { Sparkline } from "./sparkline.js";

/** @import { MethodSection } from "../snapshot.ts" */
/** @import { Act } from "./acts.js" */

/** @typedef {"name" | "rate" | "errors" | "time"} Order */

/** @type {Readonly<Record<Order, (one: MethodSection, other: MethodSection) => number>>} */
const ORDERS = {
  name: (one, other) => one.name.localeCompare(other.name, "en"),
  rate: (one, other) => other.perMinute - one.perMinute || other.calls - one.calls || ORDERS.name(one, other),
  errors: (one, other) => other.errors - one.errors || ORDERS.name(one, other),
  time: (one, other) => (other.p95Ms ?? -1) - (one.p95Ms ?? -1) || ORDERS.name(one, other),
};

/** With more than these a person wants to look one up. */
const MANY = 12;

/** The agent's own methods; no plugin may name one so. */
const OWN = "hubhand.";

/** All calls of methods that are not there, under one name: nothing that could be called. */
const UNKNOWN = "_unknown";

/**
 * @typedef {{ methods: readonly MethodSection[], act: Act | undefined }} Props
 * @extends {Component<Props, { order: Order, filter: string }>}
 */
export class Methods extends Component {
  /** @override */
  state = { order: /** @type {Order} */ ("name"), filter: "" };

  /** @param {Props} next @param {{ order: Order, filter: string }} state @override */
  shouldComponentUpdate(next, state) {
    return next.methods !== this.props.methods || next.act !== this.props.act || state !== this.state;
  }

  /** @override */
  render() {
    const { methods, act } = this.props;
    const { order, filter } = this.state;
    const wanted = filter.toLowerCase();
    const shown = methods
      .filter(({ name, plugin }) => `${name} ${plugin}`.toLowerCase().includes(wanted))
      .sort(ORDERS[order]);
    const theirs = shown.filter(({ name }) => !name.startsWith(OWN));
    const own = shown.filter(({ name }) => name.startsWith(OWN));
    const calls = methods.reduce((sum, method) => sum + method.calls, 0);
    return h(
      Section,
      {
        id: "methods",
        title: "Methods",
        note: `${counted(methods.length, "method")}, ${counted(calls, "call")} since the agent started`,
      },
      methods.length > 1 && this.#tools(),
      theirs.length > 0
        ? h(List, { methods: theirs, label: "Methods of plugins", order, act })
        : h("p", { class: "none" }, filter === "" ? "No plugin offers a method." : "No method of that name."),
      own.length > 0 &&
        h(
          "details",
          { open: wanted !== "" || undefined },
          h("summary", null, `The agent's own (${own.length})`),
          h(List, { methods: own, label: "The agent's own methods", order, act }),
        ),
    );
  }

  #tools() {
    return h(
      "div",
      { class: "tools" },
      h(
        "label",
        null,
        "Sort by ",
        h(
          "select",
          {
            value: this.state.order,
            onChange: (/** @type {any} */ event) =>
              this.setState({ order: /** @type {Order} */ (event.currentTarget.value) }),
          },
          h("option", { value: "name" }, "name"),
          h("option", { value: "rate" }, "rate"),
          h("option", { value: "errors" }, "errors"),
          h("option", { value: "time" }, "time"),
        ),
      ),
      this.props.methods.length > MANY &&
        h(
          "label",
          null,
          "Find ",
          h("input", {
            type: "search",
            value: this.state.filter,
            onInput: (/** @type {any} */ event) => this.setState({ filter: event.currentTarget.value }),
          }),
        ),
    );
  }
}

/** @param {{ methods: readonly MethodSection[], label: string, order: Order, act: Act | undefined }} props */
const List = ({ methods, label, order, act }) =>
  h(
    Table,
    {
      label,
      kind: "methods",
      columns: [
        { title: "Method", sort: order === "name" ? "ascending" : undefined },
        { title: "A minute", sort: order === "rate" ? "descending" : undefined },
        { title: "Calls" },
        { title: "Errors", sort: order === "errors" ? "descending" : undefined },
        { title: "Half within" },
        { title: "95 % within", sort: order === "time" ? "descending" : undefined },
        { title: "Slowest, 10 min" },
        ...(act === undefined ? [] : [{ title: "Call it", hidden: true }]),
      ],
    },
    methods.map((method) => h(Row, { key: method.name, method, act })),
  );

/** @type {import("preact").ComponentType<{ method: MethodSection, act: Act | undefined }>} */
const Row = memo(({ method, act }) => {
  const { name, plugin, description, calls, errors, perMinute, inFlight, p50Ms, p95Ms, lastError } = method;
  return h(
    "tr",
    { role: "row", class: errors > 0 ? "failing" : "" },
    rowHeader([
      h("span", { class: "name", key: "name" }, h(Said, { text: name, most: 120 })),
      h(
        "span",
        { class: "more", key: "more" },
        description === undefined || description === ""
          ? ofWhat(name, plugin)
          : h(Said, { text: description, most: 160 }),
      ),
      lastError &&
        h(
          "span",
          { class: "error", key: "error" },
          h(Ago, { at: lastError.at }),
          `: ${lastError.status}, ${words(lastError.outcome)}. `,
          h(Said, { text: lastError.text, most: 200 }),
        ),
    ]),
    cell(
      "A minute",
      [count(perMinute), inFlight > 0 && h("small", { key: "now" }, `${count(inFlight)} running`)],
      "figure",
    ),
    cell("Calls", count(calls), "figure"),
    cell("Errors", count(errors), "figure errors"),
    cell("Half within", p50Ms === undefined ? "–" : took(p50Ms), "figure"),
    cell("95 % within", p95Ms === undefined ? "–" : took(p95Ms), "figure"),
    cell("Slowest, 10 min", h(Sparkline, { values: method.sparkline }), "line"),
    act !== undefined &&
      cell(
        "",
        name !== UNKNOWN &&
          h(
            "button",
            { type: "button", onClick: () => act.call(name) },
            "Call",
            h("span", { class: "unseen" }, ` ${name.slice(0, 120)}`),
          ),
        "act",
      ),
  );
});

/** @param {string} name @param {string} plugin */
const ofWhat = (name, plugin) =>
  name === UNKNOWN
    ? "calls of methods that are not there"
    : ["of ", h(Said, { text: plugin, most: 60, key: "plugin" })];
