import { medianOf, percentile } from "../isolation/measure.ts";
import type { Machine } from "../peers/results.ts";
import type { Scenario } from "./scenarios.ts";

/** What a contender needed after each fault of one kind; Infinity is "not in time". */
export interface Row {
  readonly scenario: Scenario;
  readonly contender: string;
  readonly seconds: readonly number[];
}

const told = (seconds: number): string => (Number.isFinite(seconds) ? `${seconds.toFixed(1)} s` : "never");

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ scenario, contender, seconds }) => {
    const cells = [scenario, contender, medianOf(seconds), percentile(seconds, 0.9), Math.max(...seconds)];
    return `| ${[...cells.map((cell) => (typeof cell === "number" ? told(cell) : cell)), seconds.length].join(" | ")} |`;
  });
  return [
    "| fault | who | median | 90 % within | longest | times |",
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** With `null` for what did not come in time. */
export function toJson(machine: Machine, rows: readonly Row[]): string {
  const figures = rows.map((row) => ({
    ...row,
    seconds: row.seconds.map((each) => (Number.isFinite(each) ? Number(each.toFixed(3)) : null)),
  }));
  return `${JSON.stringify({ machine, rows: figures }, null, 2)}\n`;
}
