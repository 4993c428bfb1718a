import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { alerts, cases, pageOf, ROOT, rules } from "./support/rules.ts";

const allCases = cases();
const names = [...new Set(alerts().map(({ alert }) => alert))];

test("every metric that a rule asks for is one that hubhand, Node or another rule has", () => {
  const { registry } = createMetrics({ version: "1", node: "1", commit: "1" });
  const known = new Set([
    ...registry.getMetricsAsArray().map(({ name }) => name),
    ...rules().map(({ record }) => record),
  ]);
  const texts = rules().flatMap(({ expr, annotations = {} }) => [expr, ...Object.values(annotations)]);
  const asked = new Set(
    texts.flatMap((text) => text.match(/\bhubhand:\w+(?::\w+)?|\b(?:hubhand|process|nodejs)_\w+/g) ?? []),
  );
  expect(asked.size).toBeGreaterThan(40);
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ""));
  expect([...asked].filter((name) => !isKnown(name))).toEqual([]);
});

test("every label that a rule chooses by has such values", () => {
  const { descriptions } = createMetrics({ version: "1", node: "1", commit: "1" });
  const known = new Map(descriptions.map(({ name, labels }) => [name, new Map(Object.entries(labels))]));
  const chosen = rules().flatMap(({ expr }) => [...expr.matchAll(/(hubhand_\w+)\{([^}]*)\}/g)]);
  const unknown = chosen.flatMap(([, metric = "", matchers = ""]) =>
    [...matchers.matchAll(/(\w+)(?:=~|!=|=)"([^"]*)"/g)].flatMap(([, label = "", values = ""]) =>
      values
        .split("|")
        .filter((value) => known.get(metric)?.get(label)?.values?.includes(value) !== true)
        .map((value) => `${metric}{${label}="${value}"}`),
    ),
  );
  expect(chosen.length).toBeGreaterThan(15);
  expect(unknown).toEqual([]);
});

test.each(names)("%s has cases in which it fires, and cases in which it does not", (name) => {
  const own = allCases.filter(({ alertname }) => alertname === name);
  expect(own.filter(({ exp_alerts }) => exp_alerts.length > 0)).not.toEqual([]);
  expect(own.filter(({ exp_alerts }) => exp_alerts.length === 0)).not.toEqual([]);
});

test.each(alerts())(
  "$alert says how bad it is, what is wrong and where to read on",
  ({ alert, labels, annotations }) => {
    expect(labels?.severity).toMatch(/^(critical|warning|info)$/);
    expect(annotations?.summary?.length).toBeGreaterThan(10);
    expect(annotations?.description?.length).toBeGreaterThan(30);
    expect(annotations?.runbook_url).toBe(pageOf(alert));
  },
);

test.each(names)("%s has a page that begins with its name, and is on the list", (name) => {
  const page = pageOf(name);
  expect(readFileSync(path.join(ROOT, page), "utf8")).toMatch(new RegExp(`^# ${name}\n`));
  const list = readFileSync(path.join(ROOT, "docs/operate/alerts/README.md"), "utf8");
  expect(list).toContain(`[${name}](${path.basename(page)})`);
});

test("no page is of an alert that is gone", () => {
  const pages = readdirSync(path.join(ROOT, "docs/operate/alerts")).filter((name) => name !== "README.md");
  expect(pages.map((page) => `docs/operate/alerts/${page}`).toSorted()).toEqual(names.map(pageOf).toSorted());
});

test("what the pages link to is there", () => {
  const pages = ["docs/operate", "docs/operate/alerts"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => path.join(ROOT, folder, name)),
  );
  const broken = pages.flatMap((page) => {
    const links = readFileSync(page, "utf8").matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g);
    return [...links].flatMap(([link, file = "", anchor]) => {
      const target = file === "" ? page : path.join(path.dirname(page), file);
      const found = existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
      return found ? [] : [`${path.relative(ROOT, page)}: ${link}`];
    });
  });
  expect(broken).toEqual([]);
});

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
