import { readFileSync, writeFileSync } from "node:fs";
import { withSections } from "./sections.ts";

const FOLDER = new URL("../docs/performance/", import.meta.url);
/** The page that tells what is not in docs/performance.md: each bench has a place on it. */
export const PAGE = new URL("further.md", FOLDER);
export const MARK = "bench:further";

export type Bench = "reconnect" | "kinds" | "scale" | "small";

/** Writes a bench's figures to its JSON, and what is made of them to its place on the page. */
export function writeFurther(bench: Bench, json: string, made: string): void {
  writeFileSync(new URL(`${bench}.json`, FOLDER), json);
  writeFileSync(PAGE, withSections(readFileSync(PAGE, "utf8"), MARK, { [bench]: made }));
}

interface Where {
  readonly processor: string;
  readonly processors: number;
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
}

/** A line below a table: without it figures say little. */
export const takenOn = ({ processor, processors, memory, kernel, node }: Where, how: string): string =>
  `${processors} × ${processor}, ${memory} GB, Linux ${kernel}, Node ${node}; ${how}.`;
