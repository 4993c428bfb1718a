import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { createMetrics } from "../../src/observe/metrics.ts";
import { queriesOf, readDashboard } from "./support/dashboard.ts";
import { answers, ROOT, run } from "./support/engine.ts";

const dashboard = readDashboard();
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const noPromtool = !answers("promtool", "--version");
if (noPromtool) process.stderr.write("skipped: no promtool, so the queries' syntax is not checked\n");

test.each(panels)(
  "the panel $title says what it shows, and in which unit",
  ({ description, fieldConfig, targets }) => {
    expect(description?.length).toBeGreaterThan(5);
    expect(fieldConfig?.defaults.unit).toBeTruthy();
    expect(targets?.length).toBeGreaterThan(0);
  },
);

test("no panel lies on another", () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
        taken.add(`${x},${y}`);
      }
    }
  }
});

test("every metric that the dashboard asks for is one that hubhand has", async () => {
  const { registry } = createMetrics({ version: "1", node: "1", commit: "1" });
  expect(registry).toBeInstanceOf(Registry);
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const texts = [
    ...queriesOf(dashboard).map(({ query }) => query),
    ...dashboard.templating.list.map((each) => each.definition),
  ];
  const asked = texts.flatMap((text) => text.match(/\b(hubhand|process|nodejs)_\w+/g) ?? []);
  const unknown = asked.filter(
    (name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, "")),
  );
  expect(asked.length).toBeGreaterThan(20);
  expect(unknown).toEqual([]);
});

test.skipIf(noPromtool)("Prometheus understands every query, and its own configuration", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "hubhand-rules-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const rules = path.join(folder, "rules.json");
  const written = queriesOf(dashboard).map(({ query }, index) => ({ record: `query_${index}`, expr: query }));
  writeFileSync(rules, JSON.stringify({ groups: [{ name: "dashboard", rules: written }] }));
  expect(await run("promtool", ["check", "rules", rules])).toMatchObject({ code: 0 });
  const config = path.join(ROOT, "deploy/prometheus/prometheus.yml");
  expect(await run("promtool", ["check", "config", config])).toMatchObject({ code: 0 });
});
