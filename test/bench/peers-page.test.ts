import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  FOLDER,
  keptResults,
  PAGE,
  README,
  readmeSectionsOf,
  sectionsOf,
} from "../../bench/peers/page/page.ts";
import { draw } from "../../bench/peers/page/plot.ts";
import { PLOTS } from "../../bench/peers/page/plots.ts";
import { merge, type Results } from "../../bench/peers/results.ts";
import { goalsTable, tableOf } from "../../bench/peers/summary.ts";
import { withSections } from "../../bench/support/sections.ts";

const REDRAWN = "npm run bench -- --draw";

test("the page on performance says what its results say", () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page, REDRAWN).toBe(withSections(page, "bench", sectionsOf(keptResults())));
});

test("so does the README, in a sentence", () => {
  const readme = readFileSync(README, "utf8");
  expect(readme, REDRAWN).toBe(withSections(readme, "bench", readmeSectionsOf(keptResults())));
});

test.each(PLOTS.map((plot) => [plot.name, plot] as const))("so does its picture %s", (_, plot) => {
  const picture = readFileSync(new URL(`${plot.name}.svg`, FOLDER), "utf8");
  expect(picture, REDRAWN).toBe(draw(plot, keptResults()));
});

const effort = { rounds: 2, settle: 1, quiet: 1, calls: 100, isThorough: true };
const measured = (name: string, commit: string, goal?: { of: "ratio" | "value"; atMost: number }) => ({
  name,
  title: name,
  takenAt: "2026-01-01T00:00:00.000Z",
  commit,
  effort,
  figures: [{ key: `${name}.x`, name: "x", unit: "ms", ...(goal && { goal }), boundedBy: `${name}.hub` }],
});
const results = (measures: Results["measures"], rounds: Results["rounds"]): Results => ({
  machine: { processor: "p", processors: 2, memory: 1, kernel: "k", node: "n", isPinned: true },
  versions: {},
  contenders: [
    { id: "hubhand", name: "hubhand" },
    { id: "sdk", name: "bare SDK sample" },
  ],
  measures,
  skipped: [],
  rounds,
});

test("a ratio is the median of those of each round, and a goal is met by it", () => {
  const goal = { of: "ratio", atMost: 0.5 } as const;
  const taken = results(
    [measured("start", "a", goal)],
    [
      { hubhand: { "start.x": 1 }, sdk: { "start.x": 2 } },
      { hubhand: { "start.x": 30 }, sdk: { "start.x": 300 } },
      { hubhand: { "start.x": 50 }, sdk: { "start.x": 100, "start.hub": 95 } },
    ],
  );
  const [, , row = ""] = tableOf(taken, measured("start", "a", goal)).split("\n");
  expect(row.split("|").map((cell) => cell.trim())).toEqual([
    "",
    "x, ms",
    "30 (×0.50)",
    "100 *",
    "×0.5 or less",
    "yes",
    "",
  ]);
  expect(goalsTable(taken)).toContain("| start: x | ×0.50   | ×0.5 or less | yes |");
});

test("what was not measured again stays, with its commit", () => {
  const older = results(
    [measured("start", "a"), measured("calls", "a")],
    [{ sdk: { "start.x": 1, "calls.x": 1 } }, { sdk: { "start.x": 2, "calls.x": 2 } }],
  );
  const newer = results([measured("calls", "b")], [{ sdk: { "calls.x": 9 } }]);
  const { measures, rounds } = merge(older, newer);
  expect(measures.map(({ name, commit }) => [name, commit])).toEqual([
    ["calls", "b"],
    ["start", "a"],
  ]);
  expect(rounds).toEqual([{ sdk: { "start.x": 1, "calls.x": 9 } }, { sdk: { "start.x": 2 } }]);
  const elsewhere = { ...newer, machine: { ...newer.machine, processor: "q" } };
  expect(() => merge(older, elsewhere)).toThrow("another machine");
});
