import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { dashboardFiles } from "../../../deploy/grafana/source/dashboards.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { DASHBOARD_NAMES, FOLDER, panelsOf, queriesIn, readDashboard } from "./read.ts";

const HAS_PROMTOOL = spawnSync("promtool", ["--version"]).error === undefined;

test("the files are what their sources make: otherwise run npm run dashboards", () => {
  for (const [name, text] of Object.entries(dashboardFiles()))
    expect(readFileSync(new URL(name, FOLDER), "utf8") === text, name).toBe(true);
});

test("compose opens the fleet first", () => {
  const compose = readFileSync(new URL("../../../docker-compose.yml", import.meta.url), "utf8");
  expect(compose).toContain("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: /etc/grafana/dashboards/fleet.json");
});

describe.each(DASHBOARD_NAMES)("the dashboard %s", (name) => {
  const dashboard = readDashboard(name);
  const panels = panelsOf(dashboard);

  test.each(panels)("$title says what it shows, what is good, and in which unit", (panel) => {
    const { description = "", fieldConfig, targets = [], type, datasource } = panel;
    expect(description.length).toBeGreaterThan(40);
    expect(fieldConfig?.defaults.unit).toBeTruthy();
    expect(fieldConfig?.defaults.thresholds?.steps.length).toBeGreaterThan(0);
    expect(datasource?.uid).toBe(["$", "{datasource}"].join(""));
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    if (type !== "table") for (const { legendFormat } of targets) expect(legendFormat).toBeTruthy();
    // Over time or now, and not both or neither.
    for (const { instant, range } of targets)
      expect([instant ?? false, range ?? false].toSorted()).toEqual([false, true]);
  });

  test("the columns of its tables are named, and the settings of a column are of one that there is", () => {
    for (const { title, type, fieldConfig, transformations = [] } of panels) {
      if (type !== "table") continue;
      const organize = transformations.find(({ id }) => id === "organize");
      const titles = Object.values(organize?.options.renameByName as Record<string, string>);
      expect(titles.length, title).toBeGreaterThan(1);
      for (const { matcher } of fieldConfig?.overrides ?? [])
        expect(titles, title).toContain(matcher.options);
    }
  });

  test("no panel lies on another, and each has its own title in its row, and number", () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
          taken.add(`${x},${y}`);
        }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test("every metric that it asks for is one that hubhand has", () => {
    const { registry } = createMetrics({ version: "1", node: "1", commit: "1" });
    const known = new Set(registry.getMetricsAsArray().map((metric) => metric.name));
    const asked = queriesIn(dashboard).flatMap((text) => text.match(/\b(hubhand|process|nodejs)_\w+/g) ?? []);
    const unknown = asked.filter(
      (each) => !known.has(each) && !known.has(each.replace(/_(bucket|sum|count)$/, "")),
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });

  test("every variable that it asks for is its own or Grafana's", () => {
    const own = dashboard.templating.list.map((variable) => variable.name);
    const known = [...own, "1", "__rate_interval", "__interval", "__range"];
    const asked = queriesIn(dashboard).flatMap((text) => text.match(/\$\w+/g) ?? []);
    expect(asked.filter((each) => !known.includes(each.slice(1)))).toEqual([]);
  });

  test.skipIf(!HAS_PROMTOOL)("Prometheus' own checker understands every query", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "hubhand-rules-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const rules = queriesIn(dashboard)
      .filter((text) => !/^(label_values|query_result)\(/.test(text))
      .map((text, index) => ({ record: `query_${index}`, expr: text.replaceAll(/\$__\w+/g, "30s") }));
    const file = path.join(folder, "rules.json");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    expect(execFileSync("promtool", ["check", "rules", file], { encoding: "utf8" })).toContain("SUCCESS");
  });
});
