import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/errors.ts";
import { FAILURE_CLASSES } from "../../../src/link/failure.ts";
import { LINK_STATES } from "../../../src/link/supervisor.ts";
import { JOB_STATES } from "../../../src/methods/jobs/record.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { metricsMarkdown } from "../../../src/observe/metrics/reference.ts";
import { LOG_LEVELS } from "../../../src/rules/log-levels.ts";

const { descriptions } = createMetrics({ version: "1.2.3", node: "v24.0.0", commit: "abc" });
const page = metricsMarkdown(descriptions);

it("docs/reference/metrics.md is current: run `npm run docs`", () => {
  expect(readFileSync(new URL("../../../docs/reference/metrics.md", import.meta.url), "utf8")).toBe(page);
});

it("it has every instrument and its labels, once", () => {
  for (const { name, help, labels } of descriptions) {
    const [, section = "", ...others] = page.split(`### ${name}\n`);
    expect([name, others.length]).toEqual([name, 0]);
    const [own = ""] = section.split("\n### ");
    expect(own).toContain(help);
    for (const label of Object.keys(labels)) expect(own).toContain(`- \`${label}\`: `);
  }
});

describe("the values of a label that the page names are those that its part knows", () => {
  const valuesOf = (instrument: string, label: string): readonly string[] =>
    [...(descriptions.find(({ name }) => name === instrument)?.labels[label]?.values ?? [])].sort();
  const answering = Object.entries(ERROR_CODES)
    .filter(([, entry]) => "status" in entry)
    .map(([code]) => code.toLowerCase());

  it.each([
    ["hubhand_method_calls_total", "outcome", ["ok", "handler_error", ...answering]],
    ["hubhand_jobs_total", "outcome", JOB_STATES.filter((state) => state !== "running")],
    ["hubhand_link_state", "state", LINK_STATES],
    ["hubhand_link_failures_total", "class", FAILURE_CLASSES],
    ["hubhand_log_lines_total", "level", LOG_LEVELS.filter((level) => level !== "silent")],
  ] as const)("%s{%s}", (instrument, label, values) => {
    expect(valuesOf(instrument, label)).toEqual([...values].sort());
  });
});
