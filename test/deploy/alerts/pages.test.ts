import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { FLAPPING_FROM, LATELY } from "../../../deploy/grafana/source/shared/states.ts";
import { EVENTS } from "../../../src/events/registry.ts";
import { panelsOf, readDashboard } from "../dashboards/read.ts";
import { alerts, ROOT } from "./support/rules.ts";

const FOLDER = path.join(ROOT, "docs/operate/alerts");
const pages = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(path.join(FOLDER, name), "utf8"),
}));

/** What the pages name in this way, each with its page. */
const named = (pattern: RegExp) =>
  pages.flatMap(({ name, text }) => [...text.matchAll(pattern)].map(([, what = ""]) => ({ name, what })));

test('each panel that a page sends one to, as in panel "Memory", is on a dashboard', () => {
  const titles = new Set(
    [readDashboard("fleet"), readDashboard("device")].flatMap(panelsOf).map(({ title }) => title),
  );
  const asked = named(/\bpanel "([^"]*)"/gi);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter(({ what }) => !titles.has(what))).toEqual([]);
});

test("each event that a page tells one to look for, as in event `link.offline`, is one of the log", () => {
  const asked = named(/\bevent `([^`]*)`/gi);
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter(({ what }) => !Object.hasOwn(EVENTS, what))).toEqual([]);
});

test.each([
  ["HubhandLinkFlapping", FLAPPING_FROM],
  ["HubhandIdentityConflict", 1],
])("a device of which %s is told is among those that the dashboards show so", (name, shownFrom) => {
  const [, range, from] =
    /\[(\w+)\]\)\) >= (\d+)\)/.exec(alerts().find(({ alert }) => alert === name)?.expr ?? "") ?? [];
  expect(range).toBe(LATELY);
  expect(Number(from)).toBeGreaterThanOrEqual(shownFrom);
});
