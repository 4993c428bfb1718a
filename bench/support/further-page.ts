import { readFileSync, writeFileSync } from "node:fs";
import { type Machine, machineInWords } from "./machine.ts";
import { withSections } from "./sections.ts";

const FOLDER = new URL("../../docs/performance/", import.meta.url);
/** The page that tells what is not in docs/performance.md: each bench has a place on it. */
export const PAGE = new URL("further.md", FOLDER);
export const MARK = "bench:further";

/** What a bench of that page has measured. */
export interface Further {
  readonly bench: "reconnect" | "kinds" | "scale" | "small";
  readonly machine: Machine;
  /** For whoever reads by program. */
  readonly figures: object;
  /** For whoever reads. */
  readonly table: string;
  /** How it came about, in a few words below the table. */
  readonly how: string;
  /** Pictures, below that. */
  readonly pictures?: readonly string[];
}

/** Prints the table; writes the figures to `json`, and with `write` all of it to the page and beside it. */
export function tellFurther(
  { bench, machine, figures, table, how, pictures = [] }: Further,
  { json, write }: { readonly json: string | undefined; readonly write: boolean },
): void {
  process.stdout.write(`${table}\n`);
  const text = `${JSON.stringify({ machine, ...figures }, null, 2)}\n`;
  if (json !== undefined) writeFileSync(json, text);
  if (!write) return;
  writeFileSync(new URL(`${bench}.json`, FOLDER), text);
  const made = [table, `${machineInWords(machine)}; ${how}.`, ...pictures].join("\n\n");
  writeFileSync(PAGE, withSections(readFileSync(PAGE, "utf8"), MARK, { [bench]: made }));
}
