import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { machineInWords } from "../../support/machine.ts";
import { withSections } from "../../support/sections.ts";
import type { Results } from "../results.ts";
import { goalsTable, tableOf } from "../summary.ts";
import { inShort } from "./in-short.ts";
import { draw } from "./plot.ts";
import { PLOTS } from "./plots.ts";

const DOCS = new URL("../../../docs/", import.meta.url);
export const README = new URL("../README.md", DOCS);
export const PAGE = new URL("performance.md", DOCS);
export const FOLDER = new URL("performance/", DOCS);
const RESULTS = new URL("results.json", FOLDER);

/** What the page was last made of. */
export const keptResults = (): Results => JSON.parse(readFileSync(RESULTS, "utf8"));

/** What stands between the page's marks. */
export function sectionsOf(results: Results): Record<string, string> {
  const tables = results.measures.map((measure) => [measure.name, tableOf(results, measure)]);
  return { machine: machineOf(results), goals: goalsTable(results), ...Object.fromEntries(tables) };
}

function machineOf({ machine, versions, measures, skipped }: Results): string {
  const runs = new Map<string, string[]>();
  for (const { name, takenAt, commit, effort } of measures) {
    const run = `${takenAt.slice(0, 10)}, commit ${commit}, rounds: ${effort.rounds}`;
    runs.set(run, [...(runs.get(run) ?? []), name]);
  }
  return [
    `- ${machineInWords(machine)}; ${machine.isPinned ? "the contender had a processor to itself, the hub and the bench had the rest" : "nothing had a processor to itself"}.`,
    `- ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    ...[...runs].map(([run, names]) => `- ${run}: ${names.join(", ")}.`),
    ...skipped.map(({ what, why }) => `- Not measured: ${what}, as ${why}.`),
  ].join("\n");
}

/** What stands between the README's. */
export const readmeSectionsOf = (results: Results): Record<string, string> => ({
  "in-short": inShort(results),
});

/** Writes the results, the page's sections, its pictures, and what the README says of it. */
export function writePage(results: Results): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(PAGE, withSections(readFileSync(PAGE, "utf8"), "bench", sectionsOf(results)));
  writeFileSync(README, withSections(readFileSync(README, "utf8"), "bench", readmeSectionsOf(results)));
  const has = (name: string): boolean => results.measures.some((measure) => measure.name === name);
  for (const plot of PLOTS.filter(({ of }) => of.every(has)))
    writeFileSync(new URL(`${plot.name}.svg`, FOLDER), draw(plot, results));
}
