// @ts-check
import { At, Badge, memo, Said, Section } from "./elements.js";
import { counted, cut } from "./format.js";
import { h } from "./preact.js";

/** @import { PluginSection } from "../snapshot.ts" */
/** @import { Act } from "./acts.js" */

/** @type {import("preact").ComponentType<{ plugins: readonly PluginSection[], act: Act | undefined }>} */
export const Plugins = memo(({ plugins, act }) => {
  const up = plugins.filter((plugin) => plugin.up).length;
  const note = up === plugins.length ? "all up" : `${up} of ${plugins.length} up`;
  return h(
    Section,
    { id: "plugins", title: "Plugins", note: plugins.length === 0 ? undefined : note },
    plugins.length === 0
      ? h("p", { class: "none" }, "There are none. A file in the plugins folder is one.")
      : h(
          "ul",
          { class: "plugins" },
          plugins.map((plugin) => h(Plugin, { key: plugin.name, plugin, act })),
        ),
  );
});

/** @type {import("preact").ComponentType<{ plugin: PluginSection, act: Act | undefined }>} */
const Plugin = memo(({ plugin, act }) => {
  const { name, kind, up, version, problem, restarts, methods, log } = plugin;
  const facts = [
    kind,
    version && `version ${cut(version, 40)}`,
    methods.length > 0 && counted(methods.length, "method"),
    restarts > 0 && counted(restarts, "restart"),
  ];
  return h(
    "li",
    null,
    h(
      "div",
      { class: "plugin" },
      h(
        "div",
        { class: "who" },
        h("h3", null, h(Said, { text: name, most: 120 })),
        h(Badge, { tone: up ? "good" : "bad" }, up ? "up" : "down"),
        h("p", { class: "more" }, facts.filter(Boolean).join(" · ")),
      ),
      act !== undefined &&
        h(
          "button",
          { type: "button", onClick: () => act.restart(name) },
          "Restart",
          h("span", { class: "unseen" }, ` ${name.slice(0, 120)}`),
        ),
    ),
    problem !== undefined && h("p", { class: "error" }, h(Said, { text: problem, most: 400 })),
    log.length > 0 && h(Log, { name, log }),
  );
});

/** @param {{ name: string, log: PluginSection["log"] }} props */
const Log = ({ name, log }) =>
  h(
    "details",
    null,
    h(
      "summary",
      null,
      "Log ",
      h("span", { class: "unseen" }, `of ${name.slice(0, 120)} `),
      `(${log.length})`,
    ),
    h(
      "ol",
      { class: "log", tabIndex: 0, role: "region", "aria-label": `Log of ${name.slice(0, 120)}` },
      log.map(({ at, level, text }, line) =>
        h(
          "li",
          { key: `${at} ${line}`, class: level },
          h(At, { at }),
          h("span", { class: "level" }, level),
          h(Said, { text, most: 1000 }),
        ),
      ),
    ),
  );
