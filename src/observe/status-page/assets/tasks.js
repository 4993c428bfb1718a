// @ts-check
import { Ago, Badge, cell, memo, rowHeader, Said, Section, Table } from "./elements.js";
import { counted, took, words } from "./format.js";
import { h } from "./preact.js";

/** @import { TaskSection } from "../snapshot.ts" */

/** @type {import("preact").ComponentType<{ tasks: readonly TaskSection[] }>} */
export const Tasks = memo(({ tasks }) => {
  const running = tasks.reduce((sum, task) => sum + task.running, 0);
  return h(
    Section,
    { id: "tasks", title: "Tasks", note: running > 0 ? `${counted(running, "run")} now` : undefined },
    tasks.length === 0
      ? h("p", { class: "none" }, "Nothing is done by the clock.")
      : h(
          Table,
          {
            label: "Tasks",
            kind: "tasks",
            columns: [{ title: "Task" }, { title: "Runs" }, { title: "Next" }, { title: "Last" }],
          },
          tasks.map((task) => h(Row, { key: task.task, task })),
        ),
  );
});

/** @type {import("preact").ComponentType<{ task: TaskSection }>} */
const Row = memo(({ task: { task, description, timing, enabled, running, next, last } }) =>
  h(
    "tr",
    { role: "row" },
    rowHeader([
      h("span", { class: "name", key: "name" }, h(Said, { text: task, most: 120 })),
      description && h("span", { class: "more", key: "more" }, h(Said, { text: description, most: 160 })),
    ]),
    cell("Runs", h(Said, { text: timing, most: 80 })),
    cell("Next", nextRun(enabled, running, next)),
    cell(
      "Last",
      last === undefined
        ? "–"
        : [
            h(Badge, { tone: last.outcome === "ok" ? "good" : "bad", key: "how" }, words(last.outcome)),
            " ",
            h(Ago, { at: last.at, key: "when" }),
            `, ${took(last.ms)}`,
          ],
    ),
  ),
);

/** @param {boolean} enabled @param {number} running @param {string | undefined} next */
function nextRun(enabled, running, next) {
  if (running > 0) return h(Badge, { tone: "busy" }, "runs now");
  if (!enabled) return "switched off";
  return next === undefined ? "–" : h(Ago, { at: next });
}
