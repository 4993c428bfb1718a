// @ts-check
import { callMethod, hasToken, restartPlugin, setLogLevel, TokenRefused, useToken } from "./control.js";
import { Dialog } from "./dialog.js";
import { Badge, Said } from "./elements.js";
import { took } from "./format.js";
import { Component, h } from "./preact.js";

/** @import { ComponentChildren } from "preact" */
/** @import { Wish } from "./acts.js" */

/**
 * @typedef {{ wish: Wish, onClose: () => void }} Props
 * @typedef {{ asksToken: boolean, busy: boolean, problem?: string | undefined, result?: ComponentChildren }} State
 */

/**
 * Does what was wished for, after it has asked for the token and for what else it needs.
 * @extends {Component<Props, State>}
 */
export class Dialogs extends Component {
  /** @type {State} @override */
  state = { asksToken: !hasToken(), busy: false };
  /** What the person has written, which a refused token must not cost. */
  #form = { payload: "", token: "", keep: false, level: "debug", time: "10m" };

  /** Who wished for it gets the focus back, however many dialogs there were in between. */
  #before = document.activeElement;

  /** @override */
  componentWillUnmount() {
    if (this.#before instanceof HTMLElement) this.#before.focus();
  }

  /** @override */
  render() {
    const { asksToken, busy, problem, result } = this.state;
    const shared = { busy, problem, result, onClose: this.props.onClose };
    if (asksToken) return this.#tokenDialog(shared);
    const { wish } = this.props;
    if (wish.kind === "call") return this.#callDialog(shared, wish.name);
    if (wish.kind === "restart") return this.#restartDialog(shared, wish.name);
    return this.#logLevelDialog(shared);
  }

  /** @typedef {{ busy: boolean, problem: string | undefined, result: ComponentChildren, onClose: () => void }} Shared */

  /** @param {Shared} shared */
  #tokenDialog(shared) {
    return h(
      Dialog,
      {
        ...shared,
        key: "token",
        title: "The control token",
        doing: "Go on",
        onDo: () => {
          const { token, keep } = this.#form;
          if (token.trim() === "") return this.setState({ problem: "Without the token nothing is done." });
          useToken(token.trim(), { keep });
          this.setState({ asksToken: false, problem: undefined });
        },
      },
      h("p", null, "It stands in the agent's configuration: ", h("code", null, "observe.controlToken"), "."),
      h(
        "label",
        { class: "field" },
        "Token",
        this.#input("token", { type: "password", autocomplete: "off", autofocus: true }),
      ),
      h(
        "label",
        { class: "tick" },
        h("input", {
          type: "checkbox",
          checked: this.#form.keep,
          onChange: (/** @type {any} */ event) => {
            this.#form.keep = event.currentTarget.checked;
          },
        }),
        "Remember it until this tab is closed",
      ),
    );
  }

  /** @param {Shared} shared @param {string} name */
  #callDialog(shared, name) {
    return h(
      Dialog,
      {
        ...shared,
        key: "call",
        title: `Call ${name.slice(0, 120)}`,
        doing: "Call",
        onDo: () => {
          const payload = this.#form.payload.trim();
          const problem = payload === "" ? undefined : jsonProblem(payload);
          if (problem !== undefined) return this.setState({ problem, result: undefined });
          this.#attempt(async () => answered(await callMethod(name, payload)));
        },
      },
      h("p", null, "It runs on the device as if the hub had called it."),
      h(
        "label",
        { class: "field" },
        "Payload (JSON, or nothing)",
        this.#input("payload", { rows: 5, spellcheck: false, autofocus: true, dir: "ltr" }, "textarea"),
      ),
    );
  }

  /** @param {Shared} shared @param {string} name */
  #restartDialog(shared, name) {
    const done = shared.result !== undefined;
    return h(
      Dialog,
      {
        ...shared,
        key: "restart",
        title: `Restart ${name.slice(0, 120)}?`,
        ...(done ? {} : { doing: "Restart" }),
        onDo: () => {
          this.#attempt(async () => {
            await restartPlugin(name);
            return h("p", null, "It has been restarted.");
          });
        },
      },
      !done && h("p", null, "What it does now is ended, and its callers are told. Then it starts afresh."),
    );
  }

  /** @param {Shared} shared */
  #logLevelDialog(shared) {
    return h(
      Dialog,
      {
        ...shared,
        key: "log-level",
        title: "Change the log level",
        doing: "Change",
        onDo: () => {
          const { level, time } = this.#form;
          this.#attempt(async () => {
            await setLogLevel(level, time);
            return h(
              "p",
              null,
              level === "configured" ? "It is as configured." : `It is ${level} for ${time}.`,
            );
          });
        },
      },
      h("label", { class: "field" }, "Level", this.#choice("level", LEVELS)),
      h("label", { class: "field" }, "For", this.#choice("time", TIMES)),
    );
  }

  /**
   * @param {"payload" | "token"} name
   * @param {Record<string, unknown>} attributes
   * @param {"input" | "textarea"} [element]
   */
  #input(name, attributes, element = "input") {
    return h(/** @type {string} */ (element), {
      ...attributes,
      value: this.#form[name],
      onInput: (/** @type {any} */ event) => {
        this.#form[name] = event.currentTarget.value;
      },
    });
  }

  /** @param {"level" | "time"} name @param {readonly (readonly [string, string])[]} choices */
  #choice(name, choices) {
    return h(
      "select",
      {
        value: this.#form[name],
        onChange: (/** @type {any} */ event) => {
          this.#form[name] = event.currentTarget.value;
        },
      },
      choices.map(([value, text]) => h("option", { key: value, value }, text)),
    );
  }

  /** @param {() => Promise<ComponentChildren>} act */
  async #attempt(act) {
    this.setState({ busy: true, problem: undefined, result: undefined });
    try {
      this.setState({ result: await act() });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.setState({ problem, ...(error instanceof TokenRefused ? { asksToken: true } : {}) });
    }
    this.setState({ busy: false });
  }
}

/** @type {readonly (readonly [string, string])[]} */
const LEVELS = [
  ["trace", "trace: everything"],
  ["debug", "debug"],
  ["info", "info"],
  ["warn", "warn"],
  ["error", "error"],
  ["configured", "as configured"],
];

/** @type {readonly (readonly [string, string])[]} */
const TIMES = [
  ["10m", "10 minutes"],
  ["1h", "an hour"],
  ["8h", "8 hours"],
];

/** Why it is not JSON; undefined if it is. @param {string} text */
function jsonProblem(text) {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : error}`;
  }
}

/** @param {{ status: number, payload: unknown, ms: number }} answer */
const answered = ({ status, payload, ms }) =>
  h(
    "div",
    null,
    h(
      "p",
      null,
      h(Badge, { tone: status >= 200 && status < 300 ? "good" : "bad" }, String(status)),
      ` after ${took(ms)}`,
    ),
    h("pre", { tabIndex: 0 }, h(Said, { text: JSON.stringify(payload, null, 2) ?? "null", most: 20_000 })),
  );
