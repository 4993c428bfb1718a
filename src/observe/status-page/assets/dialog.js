// @ts-check
import { Component, h } from "./preact.js";

/** @import { ComponentChildren } from "preact" */

/**
 * @typedef {object} Props
 * @property {string} title
 * @property {string} [doing] what the main button says
 * @property {ComponentChildren} [children]
 * @property {boolean} [busy]
 * @property {string | undefined} [problem] said aloud
 * @property {ComponentChildren} [result]
 * @property {() => void} onDo
 * @property {() => void} onClose
 */

/**
 * The browser's own dialog: it keeps the focus, closes with Escape and gives the focus back.
 * @extends {Component<Props>}
 */
export class Dialog extends Component {
  /** @type {HTMLDialogElement | null} */
  #element = null;

  /** @override */
  componentDidMount() {
    this.#element?.showModal();
  }

  /** @override */
  render() {
    const { title, doing, children, busy = false, problem, result, onDo, onClose } = this.props;
    return h(
      "dialog",
      {
        ref: (/** @type {any} */ element) => {
          this.#element = element;
        },
        "aria-labelledby": "dialog-title",
        onClose,
      },
      h(
        "form",
        {
          onSubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            if (!busy) onDo();
          },
          onKeyDown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !busy) onDo();
          },
        },
        h("h2", { id: "dialog-title" }, title),
        children,
        h(
          "div",
          { role: "alert" },
          problem !== undefined && h("p", { class: "error", id: "problem" }, problem),
        ),
        h("div", { role: "status" }, result),
        h(
          "div",
          { class: "buttons" },
          h(
            "button",
            { type: "button", onClick: () => this.#element?.close() },
            result === undefined || result === false ? "Cancel" : "Close",
          ),
          doing !== undefined &&
            h("button", { type: "submit", class: "main", "aria-disabled": busy }, busy ? "Wait…" : doing),
        ),
      ),
    );
  }
}
